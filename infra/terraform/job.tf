resource "google_artifact_registry_repository" "images" {
  repository_id = "awizo"
  location      = var.region
  format        = "DOCKER"
  labels        = { app = "awizo" }

  docker_config {
    immutable_tags = true # what a tag was yesterday it is when a job is rolled back
  }

  depends_on = [google_project_service.used]
}

resource "google_storage_bucket" "job" {
  name                        = "${var.project}-awizo-job"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = { app = "awizo" }
}

# The flex template: an image, and the parameters as `make docs` writes them.
resource "google_storage_bucket_object" "template" {
  bucket       = google_storage_bucket.job.name
  name         = "templates/awizo-${element(split(":", var.worker_image), 1)}.json"
  content_type = "application/json"

  content = jsonencode({
    image    = var.worker_image
    sdkInfo  = { language = "PYTHON" }
    metadata = jsondecode(file("${path.module}/../docker/metadata.json"))
  })
}

# infra/decisions/0010 says why these choices. A change here updates the running job in place (its state stays); a
# destroy cancels it and never drains it: a drain would fire each wake at once.
resource "google_dataflow_flex_template_job" "live" {
  provider = google-beta
  count    = var.run_job ? 1 : 0

  name                    = "awizo-live"
  region                  = var.region
  container_spec_gcs_path = "gs://${google_storage_bucket.job.name}/${google_storage_bucket_object.template.name}"
  on_delete               = "cancel"

  enable_streaming_engine = true
  autoscaling_algorithm   = "THROUGHPUT_BASED"
  additional_experiments  = ["streaming_mode_exactly_once"]
  num_workers             = 1
  max_workers             = var.max_workers
  machine_type            = var.machine_type

  sdk_container_image   = var.worker_image
  service_account_email = google_service_account.worker.email
  network               = google_compute_network.awizo.name
  subnetwork            = "regions/${var.region}/subnetworks/${google_compute_subnetwork.awizo.name}"
  ip_configuration      = "WORKER_IP_PRIVATE"
  staging_location      = "gs://${google_storage_bucket.job.name}/staging"
  temp_location         = "gs://${google_storage_bucket.job.name}/temp"
  labels                = { app = "awizo" }

  parameters = {
    log        = var.project
    secrets    = var.project
    settings   = local.plain_settings
    generation = tostring(var.generation)
    cut_off    = tostring(var.cut_off)
  }

  depends_on = [
    google_artifact_registry_repository_iam_member.worker_pulls,
    google_compute_router_nat.out,
    google_project_iam_member.role,
    google_pubsub_subscription_iam_member.worker_reads,
    google_pubsub_topic_iam_member.publishes,
    google_secret_manager_secret_iam_member.worker_reads,
    google_service_account_iam_member.worker_starts_workers,
    google_sql_database.awizo,
    google_storage_bucket_iam_member.worker_stages,
  ]
}
