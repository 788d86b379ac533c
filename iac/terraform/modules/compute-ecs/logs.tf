# Every group that something writes to stands here: a task whose group is missing doesn't start, and a group that a service
# makes for itself is kept for ever.

resource "aws_kms_key" "logs" {
  description             = "Logs of ${local.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Account"
        Effect    = "Allow"
        Action    = "kms:*"
        Resource  = "*"
        Principal = { AWS = "${local.aws}:iam::${local.account}:root" }
      },
      {
        Sid       = "Logs"
        Effect    = "Allow"
        Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
        Resource  = "*"
        Principal = { Service = "logs.${local.region}.${data.aws_partition.current.dns_suffix}" }
        Condition = {
          ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "${local.aws}:logs:${local.region}:${local.account}:log-group:*" }
        }
      },
    ]
  })
}

resource "aws_kms_alias" "logs" {
  name          = "alias/${local.prefix}-compute-logs"
  target_key_id = aws_kms_key.logs.key_id
}

resource "aws_cloudwatch_log_group" "application" {
  for_each = local.stages

  name              = "/${var.project}/${var.environment}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs.arn
  tags              = var.tags
}

# There on Fargate too, where nothing writes to it: what reads it is the same.
resource "aws_cloudwatch_log_group" "falco" {
  name              = "/${var.project}/${var.environment}/falco"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs.arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_group" "insights" {
  for_each = local.stages

  name              = "/aws/ecs/containerinsights/${local.prefix}-${each.key}/performance"
  retention_in_days = var.log_retention_days
  kms_key_id        = aws_kms_key.logs.arn
  tags              = var.tags
}
