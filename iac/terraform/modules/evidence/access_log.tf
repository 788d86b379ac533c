# Who read and wrote what. It can't have a key of ours: neither S3 nor load balancers deliver to such a bucket.

locals {
  access_log_name = "${local.name}-access-log-${local.account}"
  access_log_arn  = "arn:${local.partition}:s3:::${local.access_log_name}"

  # Each bucket's below its own name.
  access_logs_of_buckets = [
    for name, arn in local.bucket_arns : {
      Sid       = "${title(name)}Writes"
      Effect    = "Allow"
      Principal = { Service = "logging.s3.amazonaws.com" }
      Action    = "s3:PutObject"
      Resource  = "${local.access_log_arn}/s3/${name}/*"
      Condition = { ArnEquals = { "aws:SourceArn" = arn }, StringEquals = { "aws:SourceAccount" = local.account } }
    }
  ]
}

resource "aws_s3_bucket" "access_log" {
  #checkov:skip=CKV_AWS_18:it is where access logs go; its own would go round in circles
  #checkov:skip=CKV_AWS_145:deliveries of access logs take no key of KMS
  #checkov:skip=CKV_AWS_144:access logs are for looking back some months, not for disasters
  #checkov:skip=CKV2_AWS_62:nobody waits for access logs
  bucket        = local.access_log_name
  force_destroy = var.force_destroy
  tags          = merge(local.tags, { Name = local.access_log_name })
}

resource "aws_s3_bucket_versioning" "access_log" {
  bucket = aws_s3_bucket.access_log.id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_server_side_encryption_configuration" "access_log" {
  bucket = aws_s3_bucket.access_log.id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_public_access_block" "access_log" {
  bucket                  = aws_s3_bucket.access_log.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "access_log" {
  bucket = aws_s3_bucket.access_log.id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "access_log" {
  bucket = aws_s3_bucket.access_log.id

  rule {
    id     = "old-logs"
    status = "Enabled"

    filter {}

    expiration {
      days = var.access_log_expiry_days
    }

    noncurrent_version_expiration {
      noncurrent_days = 7
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  depends_on = [aws_s3_bucket_versioning.access_log]
}

resource "aws_s3_bucket_policy" "access_log" {
  bucket = aws_s3_bucket.access_log.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(local.deny_without_tls.access-log, local.access_logs_of_buckets, [
      {
        # The path bounds it: a load balancer writes below the number of its own account.
        Sid       = "LoadBalancersWrite"
        Effect    = "Allow"
        Principal = { Service = "logdelivery.elasticloadbalancing.amazonaws.com" }
        Action    = "s3:PutObject"
        Resource  = "${local.access_log_arn}/alb/*/AWSLogs/${local.account}/*"
      },
    ])
  })

  depends_on = [aws_s3_bucket_public_access_block.access_log]
}
