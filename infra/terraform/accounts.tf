# Three service accounts, each with the least that its work needs.

resource "google_service_account" "worker" {
  account_id   = "awizo-worker"
  display_name = "Awizo: the live job's workers"
}

resource "google_service_account" "gateway" {
  account_id   = "awizo-gateway"
  display_name = "Awizo: webhooks, callbacks and customers' pages"
}

resource "google_service_account" "publisher" {
  account_id   = "awizo-publisher"
  display_name = "Awizo: pollers and shops' own systems that publish events"
}

locals {
  worker    = google_service_account.worker.member
  gateway   = google_service_account.gateway.member
  publisher = google_service_account.publisher.member

  # who publishes what: the job its results and what it finds out, the gateway what comes in at its doors,
  # publishers what shops and couriers say
  publishing = merge(
    { for topic in keys(local.results) : "worker ${topic}" => { topic = topic, member = local.worker } },
    { for topic in ["awizo-orders", "awizo-couriers"] : "worker ${topic}" => { topic = topic, member = local.worker } },
    { for topic in keys(local.log) : "gateway ${topic}" => { topic = topic, member = local.gateway } },
    {
      for pair in setproduct(
        ["awizo-orders", "awizo-couriers", "awizo-customers", "awizo-shops"],
        concat(["publisher"], sort(tolist(var.publishers)))
        ) : "${pair[1]} ${pair[0]}" => {
        topic  = pair[0]
        member = pair[1] == "publisher" ? local.publisher : pair[1]
      }
    },
  )

  project_roles = {
    "worker works"    = { role = "roles/dataflow.worker", member = local.worker }
    "worker launches" = { role = google_project_iam_custom_role.launcher.id, member = local.worker }
    "gateway counts"  = { role = "roles/monitoring.metricWriter", member = local.gateway }
    "gateway logs"    = { role = "roles/logging.logWriter", member = local.gateway }
  }

  gateway_secrets = setsubtract(local.secrets, ["AWIZO_SENDGRID_API_KEY"]) # it receives and never sends
}

resource "google_project_iam_member" "role" {
  for_each = local.project_roles

  project = var.project
  role    = each.value.role
  member  = each.value.member
}

# A flex template's launcher runs as the worker and starts the job: what that needs and no more.
resource "google_project_iam_custom_role" "launcher" {
  role_id     = "awizoLauncher"
  title       = "Awizo: starts and updates the live job"
  permissions = ["dataflow.jobs.create", "dataflow.jobs.get", "dataflow.jobs.list", "dataflow.jobs.updateContents"]
}

resource "google_service_account_iam_member" "worker_starts_workers" {
  service_account_id = google_service_account.worker.name
  role               = "roles/iam.serviceAccountUser"
  member             = local.worker
}

resource "google_pubsub_topic_iam_member" "publishes" {
  for_each = local.publishing

  topic  = google_pubsub_topic.stream[each.value.topic].id
  role   = "roles/pubsub.publisher"
  member = each.value.member
}

resource "google_pubsub_subscription_iam_member" "worker_reads" {
  for_each = {
    for pair in setproduct(keys(local.log), ["roles/pubsub.subscriber", "roles/pubsub.viewer"]) :
    "${pair[0]} ${pair[1]}" => { subscription = pair[0], role = pair[1] }
  }

  subscription = google_pubsub_subscription.read[each.value.subscription].name
  role         = each.value.role
  member       = local.worker
}

resource "google_pubsub_topic_iam_member" "reads_results" {
  for_each = {
    for pair in setproduct(keys(local.results), sort(tolist(var.readers))) :
    "${pair[1]} ${pair[0]}" => { topic = pair[0], member = pair[1] }
  }

  topic  = google_pubsub_topic.stream[each.value.topic].id
  role   = "roles/pubsub.subscriber"
  member = each.value.member
}

resource "google_secret_manager_secret_iam_member" "worker_reads" {
  for_each = google_secret_manager_secret.setting

  secret_id = each.value.id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.worker
}

resource "google_secret_manager_secret_iam_member" "gateway_reads" {
  for_each = local.gateway_secrets

  secret_id = google_secret_manager_secret.setting[each.key].id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.gateway
}

resource "google_storage_bucket_iam_member" "worker_stages" {
  bucket = google_storage_bucket.job.name
  role   = "roles/storage.objectAdmin"
  member = local.worker
}

resource "google_artifact_registry_repository_iam_member" "worker_pulls" {
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.reader"
  member     = local.worker
}
