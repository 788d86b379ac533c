data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  tags      = merge({ project = var.project, environment = var.environment }, var.tags)
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name
}

# --- GuardDuty: flow logs, CloudTrail and names asked for, without anything to set up ---

resource "aws_guardduty_detector" "this" {
  #checkov:skip=CKV2_AWS_3:for this account and region; who has an organisation switches it on there, and off here
  count = var.guardduty ? 1 : 0

  enable                       = true
  finding_publishing_frequency = var.finding_frequency
  tags                         = local.tags
}

locals {
  runtime_agents = ["EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT"]

  # Agents report to the feature that watches what runs.
  guardduty_features = setunion(var.guardduty_features, length(var.runtime_agents) == 0 ? [] : ["RUNTIME_MONITORING"])
}

resource "aws_guardduty_detector_feature" "this" {
  for_each = var.guardduty ? local.guardduty_features : []

  detector_id = aws_guardduty_detector.this[0].id
  name        = each.key
  status      = "ENABLED"

  # All three, since AWS answers with all three: what is not named would be a difference in each plan.
  dynamic "additional_configuration" {
    for_each = each.key == "RUNTIME_MONITORING" ? local.runtime_agents : []

    content {
      name   = additional_configuration.value
      status = contains(var.runtime_agents, additional_configuration.value) ? "ENABLED" : "DISABLED"
    }
  }
}

# --- Security Hub: where findings of all gates come together ---

resource "aws_securityhub_account" "this" {
  count = var.security_hub ? 1 : 0

  # Those that are named below, and no others.
  enable_default_standards  = false
  auto_enable_controls      = true
  control_finding_generator = "SECURITY_CONTROL"
}

locals {
  standards = {
    foundational = "aws-foundational-security-best-practices/v/1.0.0"
    cis          = "cis-aws-foundations-benchmark/v/3.0.0"
  }
}

resource "aws_securityhub_standards_subscription" "this" {
  for_each = var.security_hub ? var.standards : []

  standards_arn = "arn:${local.partition}:securityhub:${local.region}::standards/${local.standards[each.key]}"

  depends_on = [aws_securityhub_account.this]
}
