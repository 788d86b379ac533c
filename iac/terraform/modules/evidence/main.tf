data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  tags      = merge({ project = var.project, environment = var.environment }, var.tags)
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name

  # Names of buckets are unique in the world: the account makes them ours. ARNs follow from names, so that a plan shows
  # every policy in full.
  buckets = {
    # What the stages of the pipeline hand on to each other.
    artifact = { key = "artifact", retention_days = null, expiry_days = var.artifact_expiry_days }
    # What `gate` keeps of each evaluation.
    evidence = { key = "evidence", retention_days = var.evidence_retention_days, expiry_days = null }
    # What builds run: `gate`, profiles, buildspecs, functions, each below its digest.
    tools = { key = "evidence", retention_days = var.tools_retention_days, expiry_days = null }
    # What CloudTrail delivers.
    trail = { key = "log", retention_days = var.trail_retention_days, expiry_days = null }
    # What Config delivers: it takes no bucket that has a lock.
    config = { key = "log", retention_days = null, expiry_days = null }
  }
  bucket_names = { for name in keys(local.buckets) : name => "${local.name}-${name}-${local.account}" }
  bucket_arns  = { for name in keys(local.buckets) : name => "arn:${local.partition}:s3:::${local.bucket_names[name]}" }
  locked       = { for name, bucket in local.buckets : name => bucket if bucket.retention_days != null }
}

resource "aws_s3_bucket" "this" {
  #checkov:skip=CKV_AWS_144:evidence is locked where it stands; a copy in another region is for those who need one
  #checkov:skip=CKV2_AWS_62:nobody waits for objects; events come from the services themselves
  for_each = local.buckets

  bucket              = local.bucket_names[each.key]
  object_lock_enabled = each.value.retention_days != null
  # The provider would remove locked objects too, where the mode lets it.
  force_destroy = var.force_destroy && each.value.retention_days == null
  tags          = merge(local.tags, { Name = local.bucket_names[each.key] })
}

resource "aws_s3_bucket_versioning" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_object_lock_configuration" "this" {
  for_each = local.locked

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    default_retention {
      mode = var.retention_mode
      days = each.value.retention_days
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    # With a key of the bucket, CloudTrail makes no trail unless it may also decrypt with the key it was given, which is the
    # pipeline's. It writes few objects, so that one request to KMS for each costs next to nothing.
    bucket_key_enabled = each.key != "trail"

    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = aws_kms_key.this[each.value.key].arn
    }
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_logging" "this" {
  for_each = local.buckets

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.access_log.id
  target_prefix = "s3/${each.key}/"

  depends_on = [aws_s3_bucket_policy.access_log]
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  # Parts of an upload that was cut off are paid for, and nobody sees them.
  rule {
    id     = "unfinished-uploads"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }
  }

  dynamic "rule" {
    for_each = each.value.expiry_days == null ? [] : [each.value.expiry_days]

    content {
      id     = "old-objects"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = 7
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
