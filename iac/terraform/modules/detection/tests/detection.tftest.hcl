mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:user/deployer" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/shop-dev-config" }
  }
}

variables {
  project            = "shop"
  environment        = "dev"
  config_bucket_name = "shop-dev-config-111122223333"
  config_key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "all_switched_on" {
  assert {
    condition     = aws_guardduty_detector.this[0].enable && aws_guardduty_detector.this[0].finding_publishing_frequency == "FIFTEEN_MINUTES"
    error_message = "GuardDuty looks, and says soon what it saw."
  }

  assert {
    condition     = alltrue([for feature in aws_guardduty_detector_feature.this : feature.status == "ENABLED"]) && contains(keys(aws_guardduty_detector_feature.this), "S3_DATA_EVENTS")
    error_message = "It also looks at what is read from buckets: evidence and tools are there."
  }

  assert {
    condition = !aws_securityhub_account.this[0].enable_default_standards && toset([for standard in aws_securityhub_standards_subscription.this : standard.standards_arn]) == toset([
      "arn:aws:securityhub:eu-central-1::standards/aws-foundational-security-best-practices/v/1.0.0",
      "arn:aws:securityhub:eu-central-1::standards/cis-aws-foundations-benchmark/v/3.0.0",
    ])
    error_message = "The standards that were named, and no others."
  }

  assert {
    condition = (
      aws_config_configuration_recorder.this[0].recording_group[0].all_supported &&
      aws_config_configuration_recorder.this[0].recording_group[0].include_global_resource_types &&
      aws_config_configuration_recorder_status.this[0].is_enabled
    )
    error_message = "A recorder that is not switched on records nothing, and rules would judge nothing."
  }

  assert {
    condition     = aws_config_delivery_channel.this[0].s3_bucket_name == var.config_bucket_name && aws_config_delivery_channel.this[0].s3_kms_key_arn == var.config_key_arn
    error_message = "What it records is delivered, encrypted."
  }

  assert {
    condition     = toset([for statement in jsondecode(aws_iam_role_policy.config[0].policy).Statement : statement.Resource if statement.Action == "s3:PutObject"]) == toset(["arn:aws:s3:::shop-dev-config-111122223333/AWSLogs/111122223333/Config/*"])
    error_message = "It writes below its own prefix."
  }
}

run "agents_switch_runtime_monitoring_on" {
  assert {
    condition     = !contains(keys(aws_guardduty_detector_feature.this), "RUNTIME_MONITORING")
    error_message = "Falco does it on hosts of ours; nobody pays for it twice."
  }
}

run "agents_on_fargate" {
  variables {
    runtime_agents = ["ECS_FARGATE_AGENT_MANAGEMENT"]
  }

  assert {
    condition = { for agent in aws_guardduty_detector_feature.this["RUNTIME_MONITORING"].additional_configuration : agent.name => agent.status } == {
      EC2_AGENT_MANAGEMENT         = "DISABLED"
      ECS_FARGATE_AGENT_MANAGEMENT = "ENABLED"
      EKS_ADDON_MANAGEMENT         = "DISABLED"
    }
    error_message = "The feature is on, with the agent that was asked for and no other."
  }

  assert {
    condition     = alltrue([for name, feature in aws_guardduty_detector_feature.this : length(feature.additional_configuration) == 0 if name != "RUNTIME_MONITORING"]) && contains(keys(aws_guardduty_detector_feature.this), "S3_DATA_EVENTS")
    error_message = "Other features stay, and know no agents."
  }
}

run "in_an_account_that_has_them_all" {
  variables {
    guardduty          = false
    runtime_agents     = ["ECS_FARGATE_AGENT_MANAGEMENT"]
    security_hub       = false
    config             = false
    config_bucket_name = null
    config_key_arn     = null
  }

  assert {
    condition = (
      length(aws_guardduty_detector.this) + length(aws_guardduty_detector_feature.this) +
      length(aws_securityhub_account.this) + length(aws_securityhub_standards_subscription.this) +
      length(aws_config_configuration_recorder.this) + length(aws_config_delivery_channel.this) + length(aws_config_configuration_recorder_status.this) +
      length(aws_iam_role.config) + length(aws_iam_role_policy.config) + length(aws_iam_role_policy_attachment.config)
    ) == 0
    error_message = "Nothing of a second one is left."
  }

  assert {
    condition     = output.guardduty_detector_id == null && output.security_hub_arn == null && output.config_recorder_name == null
    error_message = "What is not there has no name."
  }
}
