locals {
  # ECS works for many accounts; it may take these roles only for tasks of this one.
  tasks_of_this_account = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account }
        ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:ecs:${local.region}:${local.account}:*" }
      }
    }]
  })

  execution_statements = {
    sign-in = {
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*"
    }
    pull = {
      Effect   = "Allow"
      Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
      Resource = concat([var.repository_arn], var.sidecar_repository_arns)
    }
  }
  log_statements = { for name, statement in {
    log = {
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
      Resource = [for arn in var.log_group_arns : "${arn}:log-stream:*"]
    }
  } : name => statement if length(var.log_group_arns) > 0 }
  secret_statements = { for name, statement in {
    read-secrets = {
      Effect   = "Allow"
      Action   = "secretsmanager:GetSecretValue"
      Resource = var.secret_arns
    }
  } : name => statement if length(var.secret_arns) > 0 }
  secret_key_statements = { for name, statement in {
    decrypt-secrets = {
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = var.secret_key_arns
      Condition = { StringEquals = { "kms:ViaService" = "secretsmanager.${local.region}.amazonaws.com" } }
    }
  } : name => statement if length(var.secret_key_arns) > 0 }

  task_statements = {
    # CloudWatch knows no resource for metrics; the namespace bounds it.
    measure = {
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = local.name } }
    }
  }
  application_bucket_arn = var.application_bucket_arn == null ? "" : var.application_bucket_arn
  bucket_statements = { for name, statement in {
    objects = {
      Effect   = "Allow"
      Action   = ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]
      Resource = "${local.application_bucket_arn}/${var.project}/*"
    }
    list = {
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = var.application_bucket_arn
      Condition = { StringLike = { "s3:prefix" = "${var.project}/*" } }
    }
  } : name => statement if var.application_bucket_arn != null }
  database_statements = { for name, statement in {
    sign-in-to-database = {
      Effect   = "Allow"
      Action   = "rds-db:connect"
      Resource = var.database_user_arns
    }
  } : name => statement if length(var.database_user_arns) > 0 }
}

# Starts containers: pulls the image, hands over secrets, opens the log. The program in the container does not have it.
resource "aws_iam_role" "task_execution" {
  name               = "${local.name}-task-execution"
  description        = "ECS, to start containers of ${local.name}"
  assume_role_policy = local.tasks_of_this_account
  tags               = local.tags
}

resource "aws_iam_role_policy" "task_execution" {
  name = "start"
  role = aws_iam_role.task_execution.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, statement in merge(local.execution_statements, local.log_statements, local.secret_statements, local.secret_key_statements) :
      merge({ Sid = replace(title(name), "-", "") }, statement)
    ]
  })
}

# What the application itself may do.
resource "aws_iam_role" "task" {
  name               = "${local.name}-task"
  description        = "The application of ${local.name}"
  assume_role_policy = local.tasks_of_this_account
  tags               = local.tags
}

resource "aws_iam_role_policy" "task" {
  name = "run"
  role = aws_iam_role.task.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, statement in merge(local.task_statements, local.bucket_statements, local.database_statements) :
      merge({ Sid = replace(title(name), "-", "") }, statement)
    ]
  })
}
