variable "project" {
  description = "The Google Cloud project, one for each environment: names of topics and secrets are the same everywhere."
  type        = string
}

variable "region" {
  description = "Where everything runs and is kept; customers' data does not leave it."
  type        = string
  default     = "europe-central2"
}

variable "worker_image" {
  description = "Path and tag of the worker's image, as `make image` says."
  type        = string
}

variable "gateway_image" {
  description = "Path and tag of the gateway's image, as `make image` says."
  type        = string
}

variable "settings" {
  description = "Settings that are no secrets: names and values of schemas/SETTINGS.md."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for value in values(var.settings) : !strcontains(value, ";")])
    error_message = "A value has a semicolon; the job's option separates settings by it."
  }
}

variable "accounts" {
  description = "Secrets of accounts beside the first, e.g. AWIZO_TWILIO_2_TOKEN."
  type        = set(string)
  default     = []
}

variable "secrets_with_value" {
  description = "Secrets that were given a value (see README.md): a service does not start with one that has none."
  type        = set(string)
  default     = ["AWIZO_PERSON_KEY", "AWIZO_STORE", "AWIZO_TWILIO_TOKEN", "AWIZO_SENDGRID_API_KEY"]
}

variable "log_days" {
  description = "Days for which the topics keep what was published, read or not: how far back a new job can begin."
  type        = number
  default     = 7

  validation {
    condition     = var.log_days >= 1 && var.log_days <= 31
    error_message = "Pub/Sub keeps messages for 1 to 31 days."
  }
}

variable "archive_days" {
  description = "Days for which the archive of the log is kept. Raw payloads are personal data: no longer than needed."
  type        = number
  default     = 90
}

variable "run_job" {
  description = "Run the live job on Dataflow. False: the topics serve a cluster of your own."
  type        = bool
  default     = true
}

variable "run_gateway" {
  description = "Run the gateway and make the operator's job; both need their image in the registry."
  type        = bool
  default     = true
}

variable "generation" {
  description = "What `awizo rebuild` said: the generation of states from which a new job begins; 0: from none."
  type        = number
  default     = 0
}

variable "cut_off" {
  description = "What `awizo rebuild` said: the cut-off of that generation, in milliseconds since 1970."
  type        = number
  default     = 0
}

variable "machine_type" {
  description = "A worker's machine. Each of its cores runs a process of its own."
  type        = string
  default     = "n2-standard-2"
}

variable "max_workers" {
  description = "How many workers the job may grow to."
  type        = number
  default     = 4
}

variable "gateway_instances" {
  description = "How many instances of the gateway run at least (so that a courier's push never meets a cold start) and at most."
  type        = object({ least = number, most = number })
  default     = { least = 1, most = 10 }
}

variable "publishers" {
  description = "Who may publish events of shops and couriers beside the gateway, e.g. serviceAccount:..."
  type        = set(string)
  default     = []
}

variable "readers" {
  description = "Who may subscribe to the results, e.g. a shop's own system: serviceAccount:..."
  type        = set(string)
  default     = []
}

variable "database_tier" {
  description = "The database's machine."
  type        = string
  default     = "db-custom-2-8192"
}

variable "database_password" {
  description = "Password of the database's user. It goes to the database alone and is not kept in the state."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "database_password_version" {
  description = "Raise it by one when the password changes: Terraform cannot see that by itself."
  type        = number
  default     = 1
}

variable "notify" {
  description = "E-mail addresses of operators that alerts go to."
  type        = set(string)
  default     = []
}

variable "runbook" {
  description = "Where the runbook is read; alerts link to it."
  type        = string
  default     = ""
}
