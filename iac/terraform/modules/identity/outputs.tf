output "github_gate_role_arn" {
  description = "Role of the workflows that judge, in GitHub's environment for gates; null without GitHub."
  value       = try(aws_iam_role.github["gate"].arn, null)
}

output "github_staging_role_arn" {
  description = "Role of the workflow that deploys to staging; null without GitHub."
  value       = try(aws_iam_role.github["staging"].arn, null)
}

output "github_production_role_arn" {
  description = "Role of the workflow that deploys to production; null without GitHub."
  value       = try(aws_iam_role.github["production"].arn, null)
}

output "task_execution_role_arn" {
  description = "Role with which ECS starts containers."
  value       = aws_iam_role.task_execution.arn
}

output "task_role_arn" {
  description = "Role of the application in its container."
  value       = aws_iam_role.task.arn
}

output "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider: the one that was given, or the one that was made; null without GitHub."
  value       = local.github_provider_arn
}

output "github_subjects" {
  description = "What a token of GitHub has to say to take a role, by role."
  value       = local.github_subjects
}
