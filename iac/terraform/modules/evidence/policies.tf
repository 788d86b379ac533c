# Whoever applies this, as the role or user behind the session.
data "aws_iam_session_context" "deployer" {
  arn = data.aws_caller_identity.current.arn
}

locals {
  tools_writers = length(var.tools_writer_arns) > 0 ? var.tools_writer_arns : [data.aws_iam_session_context.deployer.issuer_arn]

  # The audit stack makes the trail; its name begins with ours.
  trail_arns = [for name in [local.name, "${local.name}-*"] : "arn:${local.partition}:cloudtrail:*:${local.account}:trail/${name}"]

  deny_without_tls = {
    for name, arn in merge(local.bucket_arns, { access-log = local.access_log_arn }) : name => [
      {
        Sid       = "DenyWithoutTls"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "s3:*"
        Resource  = [arn, "${arn}/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  }

  # A request that names no encryption gets the bucket's. One that names another than KMS is refused; negated operators
  # also hold for a header that is not there, so `Null` has to ask for it.
  deny_without_kms = {
    for name, arn in local.bucket_arns : name => [
      {
        Sid       = "DenyOtherEncryption"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "s3:PutObject"
        Resource  = "${arn}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption" = "aws:kms" }
        }
      },
    ]
  }

  # Stages and CloudTrail name the pipeline's key. Evidence and tools have one key only, and `aws:kms` without the name of
  # a key would mean one that AWS keeps.
  deny_other_keys = {
    for name in ["evidence", "tools"] : name => [
      {
        Sid       = "DenyOtherKeys"
        Effect    = "Deny"
        Principal = { AWS = "*" }
        Action    = "s3:PutObject"
        Resource  = "${local.bucket_arns[name]}/*"
        Condition = {
          Null            = { "s3:x-amz-server-side-encryption" = "false" }
          StringNotEquals = { "s3:x-amz-server-side-encryption-aws-kms-key-id" = aws_kms_key.this["evidence"].arn }
        }
      },
    ]
  }

  # Beside the lock, which holds for versions: who may write could still put another version above a record, or a mark of
  # deletion. Not for blobs: large ones come in parts, and parts can't carry the header.
  evidence_stays = [
    {
      Sid       = "DenyReplacedRecords"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arns.evidence}/*/records/*"
      Condition = { Null = { "s3:if-none-match" = "true" } }
    },
    {
      Sid       = "DenyRemovedEvidence"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["s3:DeleteObject", "s3:DeleteObjectVersion"]
      # Signed verdicts, too: without the newest one an older pass would hold again.
      Resource = [for kind in ["records", "blobs", "state/attestations"] : "${local.bucket_arns.evidence}/*/${kind}/*"]
    },
  ]

  # Who can change what a build runs can pass anything.
  tools_are_ours = [
    {
      Sid       = "DenyWritersButTheDeployer"
      Effect    = "Deny"
      Principal = { AWS = "*" }
      Action    = ["s3:DeleteObject*", "s3:PutObject*", "s3:ReplicateObject", "s3:ReplicateDelete", "s3:RestoreObject"]
      Resource  = "${local.bucket_arns.tools}/*"
      Condition = { ArnNotEquals = { "aws:PrincipalArn" = local.tools_writers } }
    },
  ]

  trail_deliveries = [
    {
      Sid       = "CloudTrailLooks"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:GetBucketAcl"
      Resource  = local.bucket_arns.trail
      Condition = { ArnLike = { "aws:SourceArn" = local.trail_arns } }
    },
    {
      Sid       = "CloudTrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arns.trail}/AWSLogs/${local.account}/*"
      Condition = {
        ArnLike      = { "aws:SourceArn" = local.trail_arns }
        StringEquals = { "s3:x-amz-acl" = "bucket-owner-full-control" }
      }
    },
  ]

  config_deliveries = [
    {
      Sid       = "ConfigLooks"
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = ["s3:GetBucketAcl", "s3:ListBucket"]
      Resource  = local.bucket_arns.config
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    },
    {
      Sid       = "ConfigWrites"
      Effect    = "Allow"
      Principal = { Service = "config.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.bucket_arns.config}/AWSLogs/${local.account}/Config/*"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account, "s3:x-amz-acl" = "bucket-owner-full-control" } }
    },
  ]

  # As texts: their statements differ in shape, and Terraform takes lists of one shape only.
  policies = {
    artifact = jsonencode({
      Version   = "2012-10-17"
      Statement = concat(local.deny_without_tls.artifact, local.deny_without_kms.artifact)
    })
    evidence = jsonencode({
      Version   = "2012-10-17"
      Statement = concat(local.deny_without_tls.evidence, local.deny_without_kms.evidence, local.deny_other_keys.evidence, local.evidence_stays)
    })
    tools = jsonencode({
      Version   = "2012-10-17"
      Statement = concat(local.deny_without_tls.tools, local.deny_without_kms.tools, local.deny_other_keys.tools, local.tools_are_ours)
    })
    trail = jsonencode({
      Version   = "2012-10-17"
      Statement = concat(local.deny_without_tls.trail, local.deny_without_kms.trail, local.trail_deliveries)
    })
    config = jsonencode({
      Version   = "2012-10-17"
      Statement = concat(local.deny_without_tls.config, local.deny_without_kms.config, local.config_deliveries)
    })
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = local.policies[each.key]

  # Both at once is a conflict to S3.
  depends_on = [aws_s3_bucket_public_access_block.this]
}
