resource "google_pubsub_topic" "stream" {
  for_each = local.topics

  name                       = each.key
  message_retention_duration = "${var.log_days * 86400}s"
  labels                     = { app = "awizo" }

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.used]
}

# What the job reads. A message that cannot be used is buried by the job itself, with its reason, in awizo-dead-letters.
# Dataflow does not support dead-letter topics on its subscriptions (it acknowledges what is durable, and counts of
# deliveries mean nothing then); a cluster of one's own does, and gets them.
resource "google_pubsub_subscription" "read" {
  for_each = local.log

  name                       = each.key
  topic                      = google_pubsub_topic.stream[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "${var.log_days * 86400}s"
  labels                     = { app = "awizo" }

  expiration_policy {
    ttl = "" # never, however long the job stands
  }

  dynamic "dead_letter_policy" {
    for_each = var.run_job ? [] : ["own cluster"]
    content {
      dead_letter_topic     = google_pubsub_topic.undelivered.id
      max_delivery_attempts = 100
    }
  }
}

# What was tried again and again and never taken, by a cluster of one's own or by the archive.
resource "google_pubsub_topic" "undelivered" {
  name                       = "awizo-undelivered"
  message_retention_duration = "${31 * 86400}s"
  labels                     = { app = "awizo" }

  message_storage_policy {
    allowed_persistence_regions = [var.region]
  }

  depends_on = [google_project_service.used]
}

resource "google_pubsub_subscription" "undelivered" {
  name                       = "awizo-undelivered"
  topic                      = google_pubsub_topic.undelivered.id
  message_retention_duration = "${31 * 86400}s"
  labels                     = { app = "awizo" }

  expiration_policy {
    ttl = ""
  }
}
