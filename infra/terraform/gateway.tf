resource "google_cloud_run_v2_service" "gateway" {
  count = var.run_gateway ? 1 : 0

  name                = "awizo-gateway"
  location            = var.region
  ingress             = "INGRESS_TRAFFIC_ALL"
  deletion_protection = true
  labels              = { app = "awizo" }

  template {
    service_account                  = google_service_account.gateway.email
    max_instance_request_concurrency = 80
    timeout                          = "30s"

    scaling {
      min_instance_count = var.gateway_instances.least
      max_instance_count = var.gateway_instances.most
    }

    vpc_access {
      egress = "PRIVATE_RANGES_ONLY" # to the database
      network_interfaces {
        network    = google_compute_network.awizo.id
        subnetwork = google_compute_subnetwork.awizo.id
      }
    }

    containers {
      name  = "gateway"
      image = var.gateway_image
      args  = ["gateway", "--host", "0.0.0.0", "--port", "8080"]

      ports {
        container_port = 8080
      }

      resources {
        limits   = { cpu = "1", memory = "512Mi" }
        cpu_idle = false # between requests it still publishes and is looked at by the collector
      }

      startup_probe {
        initial_delay_seconds = 1
        period_seconds        = 2
        failure_threshold     = 30
        http_get {
          path = "/readyz"
        }
      }

      liveness_probe {
        http_get {
          path = "/healthz"
        }
      }

      dynamic "env" {
        for_each = var.settings
        content {
          name  = env.key
          value = env.value
        }
      }

      dynamic "env" {
        for_each = setintersection(local.gateway_secrets, var.secrets_with_value)
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

    # reads /metrics of the gateway and writes it where alerts look
    containers {
      name       = "collector"
      image      = "us-docker.pkg.dev/cloud-ops-agents-artifacts/cloud-run-gmp-sidecar/cloud-run-gmp-sidecar:1.2.0"
      depends_on = ["gateway"]

      resources {
        limits   = { cpu = "1", memory = "512Mi" }
        cpu_idle = false
      }
    }
  }

  depends_on = [
    google_secret_manager_secret_iam_member.gateway_reads,
    google_sql_database.awizo,
  ]
}

# Couriers, providers and customers come without an account of ours; each door checks signatures itself.
resource "google_cloud_run_v2_service_iam_member" "everyone" {
  count = var.run_gateway ? 1 : 0

  name     = google_cloud_run_v2_service.gateway[0].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "allUsers"
}
