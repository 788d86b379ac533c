output "guardduty_detector_id" {
  description = "GuardDuty's detector; null where it is switched off."
  value       = one(aws_guardduty_detector.this[*].id)
}

output "security_hub_arn" {
  description = "The hub; null where it is switched off."
  value       = one(aws_securityhub_account.this[*].arn)
}

output "config_recorder_name" {
  description = "The recorder of AWS Config; null where it is switched off."
  value       = one(aws_config_configuration_recorder.this[*].name)
}
