# What those roles may do. The one that judges deploys nothing; those that deploy push and sign nothing. None can change what
# judges: neither the tools bucket, nor thresholds, nor the pipeline.

locals {
  parameters = "arn:${local.partition}:ssm:${local.region}:${local.account}:parameter/gate/${var.project}/${var.environment}"
  objects    = "${var.evidence_bucket_arn}/${var.project}"
  through_s3 = { StringEquals = { "kms:ViaService" = "s3.${local.region}.amazonaws.com" } }

  # Each tool lies below its digest, which the workflow checks.
  tool_statements = {
    read-tools = {
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = ["${var.tools_bucket_arn}/gate/*", "${var.tools_bucket_arn}/profile/*"]
    }
    find-evidence = {
      Effect    = "Allow"
      Action    = "s3:ListBucket"
      Resource  = var.evidence_bucket_arn
      Condition = { StringLike = { "s3:prefix" = "${var.project}/*" } }
    }
  }

  gate_statements = {
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
      Resource = "${local.objects}/*"
    }
    # What waited to be published. Signed verdicts lie beside it and stay.
    forget-what-is-published = {
      Effect   = "Allow"
      Action   = "s3:DeleteObject"
      Resource = "${local.objects}/state/outbox/*"
    }
    encrypt-evidence = {
      Effect    = "Allow"
      Action    = ["kms:Decrypt", "kms:GenerateDataKey"]
      Resource  = var.evidence_key_arn
      Condition = local.through_s3
    }
    # The key is made by a stack that comes later: its alias is what is known of it. Its policy names this role.
    sign = {
      Effect    = "Allow"
      Action    = ["kms:GetPublicKey", "kms:Sign"]
      Resource  = "arn:${local.partition}:kms:${local.region}:${local.account}:key/*"
      Condition = { "ForAnyValue:StringEquals" = { "kms:ResourceAliases" = "alias/${local.name}-verdicts" } }
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

  # What was signed is read, and nothing is.
  prove_statements = {
    read-evidence = {
      Effect   = "Allow"
      Action   = "s3:GetObject"
      Resource = "${local.objects}/*"
    }
    decrypt-evidence = {
      Effect    = "Allow"
      Action    = "kms:Decrypt"
      Resource  = var.evidence_key_arn
      Condition = local.through_s3
    }
  }

  # Of each service, what runs there: it is compared with what was judged. An ARN names its cluster: `…:service/CLUSTER/SERVICE`.
  watch_statements = { for stage, arn in var.service_arns : stage => {
    watch = {
      Effect = "Allow"
      Action = [
        "ecs:DescribeServiceDeployments", "ecs:DescribeServiceRevisions", "ecs:DescribeServices", "ecs:DescribeTasks",
        "ecs:ListServiceDeployments",
      ]
      Resource = [
        arn,
        "${replace(arn, ":service/", ":service-deployment/")}/*",
        "${replace(arn, ":service/", ":service-revision/")}/*",
        "${replace(dirname(arn), ":service/", ":task/")}/*",
      ]
    }
    list-tasks = {
      Effect    = "Allow"
      Action    = "ecs:ListTasks"
      Resource  = "*"
      Condition = { ArnEquals = { "ecs:cluster" = replace(dirname(arn), ":service/", ":cluster/") } }
    }
  } }

  deploy_statements = { for stage, arn in var.service_arns : stage => {
    update-service = {
      Effect   = "Allow"
      Action   = "ecs:UpdateService"
      Resource = arn
    }
    take-back = {
      Effect   = "Allow"
      Action   = "ecs:StopServiceDeployment"
      Resource = "${replace(arn, ":service/", ":service-deployment/")}/*"
    }
    # Task definitions name no resource. What can be run with one is said by the roles that may be passed.
    register = {
      Effect   = "Allow"
      Action   = ["ecs:DescribeTaskDefinition", "ecs:RegisterTaskDefinition"]
      Resource = "*"
    }
    pass-roles = {
      Effect    = "Allow"
      Action    = "iam:PassRole"
      Resource  = [aws_iam_role.task_execution.arn, aws_iam_role.task.arn]
      Condition = { StringEquals = { "iam:PassedToService" = "ecs-tasks.amazonaws.com" } }
    }
  } }

  github_statements = merge(
    # The attack is on staging, so what runs there is seen by who judges it.
    { gate = merge(local.tool_statements, local.gate_statements, lookup(local.watch_statements, "staging", {})) },
    { for stage in ["staging", "production"] : stage => merge(
      local.tool_statements, local.prove_statements, lookup(local.watch_statements, stage, {}), lookup(local.deploy_statements, stage, {}),
    ) },
  )
}
