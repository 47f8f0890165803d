# Places for secrets, no values: those are added by hand (README.md), so that the state holds none.
resource "google_secret_manager_secret" "setting" {
  for_each = local.secrets

  secret_id           = each.key
  deletion_protection = true
  labels              = { app = "awizo" }

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.used]
}
