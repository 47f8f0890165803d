# The same rules as a Prometheus of one's own reads: infra/alerts.yaml; and alerts.yaml here, of what Google Cloud
# measures itself.
resource "google_monitoring_notification_channel" "operator" {
  for_each = var.notify

  type         = "email"
  display_name = "Awizo: ${each.key}"
  labels       = { email_address = each.key }
}

resource "google_monitoring_alert_policy" "rule" {
  for_each = local.alerts

  display_name          = each.key
  combiner              = "OR"
  severity              = each.value.labels.severity == "page" ? "CRITICAL" : "WARNING"
  notification_channels = [for channel in google_monitoring_notification_channel.operator : channel.id]
  user_labels           = { app = "awizo" }

  conditions {
    display_name = each.value.annotations.summary

    condition_prometheus_query_language {
      query                     = each.value.expr
      duration                  = each.value.for
      evaluation_interval       = "30s"
      alert_rule                = each.key
      rule_group                = each.value.group
      disable_metric_validation = true # a counter is not known before it first counts
    }
  }

  documentation {
    content   = "${each.value.annotations.summary} ${var.runbook}${each.value.annotations.runbook}"
    mime_type = "text/markdown"
  }

  depends_on = [google_project_service.used]
}
