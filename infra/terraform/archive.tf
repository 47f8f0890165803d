# The log for longer than Pub/Sub keeps it: `awizo replay 'gs://BUCKET/awizo-orders/*.avro'` reads these files.
resource "google_storage_bucket" "archive" {
  name                        = "${var.project}-awizo-archive"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  labels                      = { app = "awizo" }

  soft_delete_policy {
    retention_duration_seconds = 604800 # a week to notice a deletion that was not meant
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.archive_days
    }
  }
}

resource "google_pubsub_subscription" "archive" {
  for_each = local.log

  name                       = "${each.key}-archive"
  topic                      = google_pubsub_topic.stream[each.key].id
  message_retention_duration = "${var.log_days * 86400}s"
  labels                     = { app = "awizo" }

  cloud_storage_config {
    bucket          = google_storage_bucket.archive.name
    filename_prefix = "${each.key}/"
    filename_suffix = ".avro"
    max_duration    = "300s"
    max_bytes       = 104857600

    avro_config {
      write_metadata = true # publish times: without them a replay could not keep the log's order
    }
  }

  expiration_policy {
    ttl = ""
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.undelivered.id
    max_delivery_attempts = 100
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  depends_on = [google_storage_bucket_iam_member.archive_writer]
}

resource "google_storage_bucket_iam_member" "archive_writer" {
  for_each = toset(["roles/storage.objectCreator", "roles/storage.legacyBucketReader"])

  bucket = google_storage_bucket.archive.name
  role   = each.key
  member = local.pubsub_agent
}

resource "google_pubsub_topic_iam_member" "undelivered_by_pubsub" {
  topic  = google_pubsub_topic.undelivered.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "forwarded_by_pubsub" {
  for_each = merge(
    { for topic in keys(local.log) : topic => google_pubsub_subscription.read[topic].name },
    { for topic in keys(local.log) : "${topic}-archive" => google_pubsub_subscription.archive[topic].name },
  )

  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}
