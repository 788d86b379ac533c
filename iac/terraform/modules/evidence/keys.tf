locals {
  # The account's own policies decide who uses a key; without this statement nobody could ever change its policy.
  account_decides = {
    Sid       = "PoliciesOfTheAccountDecide"
    Effect    = "Allow"
    Principal = { AWS = "arn:${local.partition}:iam::${local.account}:root" }
    Action    = "kms:*"
    Resource  = "*"
  }

  keys = {
    evidence = {
      description = "Evidence and tools of ${local.name}"
      policy      = jsonencode({ Version = "2012-10-17", Statement = [local.account_decides] })
    }
    artifact = {
      description = "Artifacts and images of ${local.name}"
      policy      = jsonencode({ Version = "2012-10-17", Statement = [local.account_decides] })
    }
    log = {
      description = "Logs of ${local.name}"
      policy = jsonencode({
        Version = "2012-10-17"
        Statement = [
          local.account_decides,
          {
            Sid       = "LogGroupsOfThisAccount"
            Effect    = "Allow"
            Principal = { Service = "logs.${local.region}.amazonaws.com" }
            Action    = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]
            Resource  = "*"
            Condition = { ArnLike = { "kms:EncryptionContext:aws:logs:arn" = "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:*" } }
          },
          {
            Sid       = "TrailsOfThisFactory"
            Effect    = "Allow"
            Principal = { Service = "cloudtrail.amazonaws.com" }
            Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
            Resource  = "*"
            Condition = { ArnLike = { "aws:SourceArn" = local.trail_arns } }
          },
          {
            Sid       = "ConfigOfThisAccount"
            Effect    = "Allow"
            Principal = { Service = "config.amazonaws.com" }
            Action    = ["kms:Decrypt", "kms:GenerateDataKey*"]
            Resource  = "*"
            Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
          },
        ]
      })
    }
  }
}

resource "aws_kms_key" "this" {
  for_each = local.keys

  description             = each.value.description
  enable_key_rotation     = true
  deletion_window_in_days = 30
  policy                  = each.value.policy
  tags                    = merge(local.tags, { Name = "${local.name}-${each.key}" })
}

resource "aws_kms_alias" "this" {
  for_each = local.keys

  name          = "alias/${local.name}-${each.key}"
  target_key_id = aws_kms_key.this[each.key].key_id
}
