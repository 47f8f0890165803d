# Names are said once, in the code: `awizo schemas` writes them, and a test fails while the file is not today's.
locals {
  names   = jsondecode(file("${path.module}/../../schemas/names.json"))
  log     = local.names.log
  results = local.names.results
  topics  = merge(local.log, local.results)
  secrets = setunion(local.names.secrets, var.accounts)

  alerts = merge([
    for path in ["${path.module}/../alerts.yaml", "${path.module}/alerts.yaml"] : merge([
      for group in yamldecode(file(path)).groups : {
        for rule in group.rules : rule.alert => merge(rule, { group = group.name })
      }
    ]...)
  ]...)

  plain_settings = join(";", [for name in sort(keys(var.settings)) : "${name}=${var.settings[name]}"])
}
