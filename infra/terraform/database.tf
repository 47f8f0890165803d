# The store. It has a private address alone, and can be taken back to any second of the last days.
resource "google_sql_database_instance" "store" {
  name                = "awizo-store"
  region              = var.region
  database_version    = "POSTGRES_17"
  deletion_protection = true

  settings {
    edition                     = "ENTERPRISE"
    tier                        = var.database_tier
    availability_type           = "REGIONAL"
    disk_autoresize             = true
    disk_type                   = "PD_SSD"
    deletion_protection_enabled = true
    user_labels                 = { app = "awizo" }

    ip_configuration {
      ipv4_enabled    = false
      private_network = google_compute_network.awizo.id
      ssl_mode        = "ENCRYPTED_ONLY"
    }

    backup_configuration {
      enabled                        = true
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = 7
      start_time                     = "02:00"
      location                       = var.region

      backup_retention_settings {
        retained_backups = 30
      }
    }

    maintenance_window {
      day          = 7
      hour         = 3
      update_track = "stable"
    }

    # each process of a worker, and each instance of the gateway, keeps a small pool
    database_flags {
      name  = "max_connections"
      value = "200"
    }

    insights_config {
      query_insights_enabled = true
    }
  }

  depends_on = [google_service_networking_connection.services]
}

resource "google_sql_database" "awizo" {
  name     = "awizo"
  instance = google_sql_database_instance.store.name
}

resource "google_sql_user" "awizo" {
  name                = "awizo"
  instance            = google_sql_database_instance.store.name
  password_wo         = var.database_password
  password_wo_version = var.database_password_version
}
