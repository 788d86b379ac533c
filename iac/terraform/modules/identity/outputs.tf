output "deploy_role_arn" {
  description = "Role of GitHub's workflows."
  value       = aws_iam_role.deploy.arn
}

output "task_execution_role_arn" {
  description = "Role with which ECS starts containers."
  value       = aws_iam_role.task_execution.arn
}

output "task_role_arn" {
  description = "Role of the application in its container."
  value       = aws_iam_role.task.arn
}

output "oidc_provider_arn" {
  description = "GitHub's OIDC provider: the one that was given, or the one that was made."
  value       = local.oidc_provider_arn
}

output "deploy_subject" {
  description = "What a token of GitHub has to say to take the deploy role."
  value       = local.deploy_subject
}
