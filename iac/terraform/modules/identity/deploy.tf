# What a workflow on GitHub does here: push an image, judge it, deploy it. It can't change what judges it: neither the
# tools bucket, nor thresholds, nor the pipeline.
resource "aws_iam_role" "deploy" {
  name                 = "${local.name}-deploy"
  description          = "Workflows of ${var.source_repository} in the environment ${var.deploy_environment}"
  max_session_duration = 3600
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.oidc_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = local.deploy_subject
        }
      }
    }]
  })
}

locals {
  # A service's ARN names its cluster: `…:service/CLUSTER/SERVICE`.
  cluster_arns = distinct([for arn in var.service_arns : replace(dirname(arn), ":service/", ":cluster/")])

  parameters = "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/gate/${var.project}/${var.environment}"

  deploy_statements = {
    # There is no narrower resource for this one.
    sign-in = {
      Effect   = "Allow"
      Action   = "ecr:GetAuthorizationToken"
      Resource = "*"
    }
    push = {
      Effect = "Allow"
      Action = [
        "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:DescribeImageScanFindings",
        "ecr:DescribeImages", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart",
      ]
      Resource = var.repository_arn
    }
    keep-evidence = {
      Effect   = "Allow"
      Action   = ["s3:AbortMultipartUpload", "s3:GetObject", "s3:PutObject"]
      Resource = "${var.evidence_bucket_arn}/${var.project}/*"
    }
    find-evidence = {
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = var.evidence_bucket_arn
      Condition = { StringLike = { "s3:prefix" = "${var.project}/*" } }
    }
    end-states = {
      Effect   = "Allow"
      Action   = "s3:DeleteObject"
      Resource = "${var.evidence_bucket_arn}/${var.project}/state/*"
    }
    # Each lies below its digest, which the workflow checks.
    read-tools = {
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = ["${var.tools_bucket_arn}/gate/*", "${var.tools_bucket_arn}/profile/*"]
    }
    encrypt-evidence = {
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = var.evidence_key_arn
      Condition = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }
    }
    read-thresholds = {
      Effect   = "Allow"
      Action   = ["ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath"]
      Resource = [local.parameters, "${local.parameters}/*"]
    }
    publish-findings = {
      Effect   = "Allow"
      Action   = "securityhub:BatchImportFindings"
      Resource = "arn:${local.partition}:securityhub:${local.region}:${local.account}:product/${local.account}/default"
    }
    read-findings = {
      Effect   = "Allow"
      Action   = "securityhub:GetFindings"
      Resource = "arn:${local.partition}:securityhub:${local.region}:${local.account}:hub/default"
    }
  }

  # The key is made by a stack that comes later: its alias is what is known of it.
  sign_statements = { for name, statement in {
    sign = {
      Effect    = "Allow"
      Action    = ["kms:GetPublicKey", "kms:Sign"]
      Resource  = "arn:${local.partition}:kms:${local.region}:${local.account}:key/*"
      Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = var.signing_key_alias } }
    }
  } : name => statement if var.signing_key_alias != null }

  service_statements = { for name, statement in {
    # Neither has a narrower resource; what a new task may be is bounded by the roles that may be passed to it.
    describe-tasks = {
      Effect   = "Allow"
      Action   = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]
      Resource = "*"
    }
    update-services = {
      Effect   = "Allow"
      Action   = ["ecs:DescribeServices", "ecs:UpdateService"]
      Resource = var.service_arns
    }
    # What runs is compared with what was judged.
    watch-deployments = {
      Effect = "Allow"
      Action = ["ecs:DescribeServiceRevisions", "ecs:DescribeTasks", "ecs:ListServiceDeployments"]
      Resource = concat(var.service_arns,
        [for arn in var.service_arns : "${replace(arn, ":service/", ":service-revision/")}/*"],
        [for arn in local.cluster_arns : "${replace(arn, ":cluster/", ":task/")}/*"],
      )
    }
    list-tasks = {
      Effect    = "Allow"
      Action    = "ecs:ListTasks"
      Resource  = "*"
      Condition = { ArnEquals = { "ecs:cluster" = local.cluster_arns } }
    }
    pass-roles = {
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = [aws_iam_role.task_execution.arn, aws_iam_role.task.arn]
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    }
  } : name => statement if length(var.service_arns) > 0 }
}

resource "aws_iam_role_policy" "deploy" {
  name = "deploy"
  role = aws_iam_role.deploy.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, statement in merge(local.deploy_statements, local.sign_statements, local.service_statements) :
      merge({ Sid = replace(title(name), "-", "") }, statement)
    ]
  })
}
