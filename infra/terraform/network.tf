resource "google_compute_network" "awizo" {
  name                    = "awizo"
  auto_create_subnetworks = false

  depends_on = [google_project_service.used]
}

resource "google_compute_subnetwork" "awizo" {
  name                     = "awizo"
  network                  = google_compute_network.awizo.id
  region                   = var.region
  ip_cidr_range            = "10.20.0.0/20"
  private_ip_google_access = true # Pub/Sub, Secret Manager and Storage without the internet
}

# Workers of one job talk to each other; nobody else reaches them.
resource "google_compute_firewall" "workers" {
  name        = "awizo-workers"
  network     = google_compute_network.awizo.id
  source_tags = ["dataflow"]
  target_tags = ["dataflow"]

  allow {
    protocol = "tcp"
    ports    = ["12345-12346"]
  }
}

# Twilio and SendGrid are on the internet: out through one address, that their allow-lists may name.
resource "google_compute_router" "out" {
  name    = "awizo-out"
  network = google_compute_network.awizo.id
  region  = var.region
}

resource "google_compute_address" "out" {
  name   = "awizo-out"
  region = var.region
}

resource "google_compute_router_nat" "out" {
  name                               = "awizo-out"
  router                             = google_compute_router.out.name
  region                             = var.region
  nat_ip_allocate_option             = "MANUAL_ONLY"
  nat_ips                            = [google_compute_address.out.self_link]
  source_subnetwork_ip_ranges_to_nat = "ALL_SUBNETWORKS_ALL_IP_RANGES"
  min_ports_per_vm                   = 1024 # a worker keeps AWIZO_CONNECTIONS open to each provider

  log_config {
    enable = true
    filter = "ERRORS_ONLY"
  }
}

resource "google_compute_global_address" "services" {
  name          = "awizo-services"
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
  network       = google_compute_network.awizo.id
}

resource "google_service_networking_connection" "services" {
  network                 = google_compute_network.awizo.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.services.name]
}
