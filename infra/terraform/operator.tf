# An operator's commands, with the store and the secrets at hand:
# gcloud run jobs execute awizo-operator --region=REGION --wait --args=doctor
resource "google_cloud_run_v2_job" "operator" {
  count = var.run_gateway ? 1 : 0

  name                = "awizo-operator"
  location            = var.region
  deletion_protection = false
  labels              = { app = "awizo" }

  template {
    template {
      service_account = google_service_account.worker.email # it may read what the job may
      max_retries     = 0
      timeout         = "3600s"

      vpc_access {
        egress = "PRIVATE_RANGES_ONLY"
        network_interfaces {
          network    = google_compute_network.awizo.id
          subnetwork = google_compute_subnetwork.awizo.id
        }
      }

      containers {
        image = var.gateway_image
        args  = ["doctor"]

        dynamic "env" {
          for_each = var.settings
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = setintersection(local.secrets, var.secrets_with_value)
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = google_secret_manager_secret.setting[env.key].secret_id
                version = "latest"
              }
            }
          }
        }
      }
    }
  }

  depends_on = [google_secret_manager_secret_iam_member.worker_reads]
}
