# Every group that something writes to stands here: a task whose group is missing doesn't start, and a group that a service
# makes for itself is kept for ever.

resource "aws_cloudwatch_log_group" "application" {
  for_each = local.stages

  name              = "/${var.project}/${var.environment}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
  tags              = var.tags
}

# There on Fargate too, where nothing writes to it: what reads it is the same.
resource "aws_cloudwatch_log_group" "falco" {
  name              = "/${var.project}/${var.environment}/falco"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_group" "insights" {
  for_each = local.stages

  name              = "/aws/ecs/containerinsights/${local.prefix}-${each.key}/performance"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
  tags              = var.tags
}
