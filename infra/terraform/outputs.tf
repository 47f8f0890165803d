output "gateway" {
  description = "Where webhooks, callbacks and customers' pages are."
  value       = one(google_cloud_run_v2_service.gateway[*].uri)
}

output "archive" {
  description = "What `awizo replay` reads."
  value       = "gs://${google_storage_bucket.archive.name}"
}

output "out" {
  description = "The address from which providers see us."
  value       = google_compute_address.out.address
}

output "database" {
  description = "The store's private address, for AWIZO_STORE."
  value       = google_sql_database_instance.store.private_ip_address
}

output "images" {
  description = "Where `make image` pushes."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "publisher" {
  description = "The account with which a shop's own system publishes."
  value       = google_service_account.publisher.email
}
