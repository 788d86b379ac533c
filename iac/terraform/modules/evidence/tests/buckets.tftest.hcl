mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:user/deployer" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000" }
  }

  mock_data "aws_iam_session_context" {
    defaults = { issuer_arn = "arn:aws:iam::111122223333:role/deployer" }
  }
}

variables {
  project     = "shop"
  environment = "dev"
}

run "every_bucket_is_versioned_encrypted_and_closed" {
  assert {
    condition     = toset(keys(aws_s3_bucket.this)) == toset(["artifact", "config", "evidence", "tools", "trail"]) && aws_s3_bucket.this["evidence"].bucket == "shop-dev-evidence-111122223333"
    error_message = "Five buckets, whose names the account makes unique."
  }

  assert {
    condition     = alltrue([for name in keys(aws_s3_bucket.this) : aws_s3_bucket_versioning.this[name].versioning_configuration[0].status == "Enabled"]) && aws_s3_bucket_versioning.access_log.versioning_configuration[0].status == "Enabled"
    error_message = "What is replaced is not lost."
  }

  assert {
    condition     = alltrue([for name in keys(aws_s3_bucket.this) : one(aws_s3_bucket_server_side_encryption_configuration.this[name].rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"])
    error_message = "KMS is the default: `gate` names no encryption by itself."
  }

  assert {
    condition     = [for name in keys(aws_s3_bucket.this) : name if !one(aws_s3_bucket_server_side_encryption_configuration.this[name].rule).bucket_key_enabled] == ["trail"]
    error_message = "Fewer requests to KMS by keys of the buckets; but CloudTrail makes no trail to a bucket that has one unless it may decrypt."
  }

  assert {
    condition = alltrue([
      for block in concat(values(aws_s3_bucket_public_access_block.this), [aws_s3_bucket_public_access_block.access_log]) :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ])
    error_message = "Nothing makes a bucket public."
  }

  assert {
    condition     = alltrue([for name, logging in aws_s3_bucket_logging.this : logging.target_bucket == aws_s3_bucket.access_log.id && logging.target_prefix == "s3/${name}/"])
    error_message = "Who reads and writes is written down elsewhere."
  }

  assert {
    condition     = alltrue([for bucket in concat(values(aws_s3_bucket.this), [aws_s3_bucket.access_log]) : !bucket.force_destroy])
    error_message = "Nothing is destroyed with its bucket unless somebody says so."
  }

  assert {
    condition     = alltrue([for key in aws_kms_key.this : key.enable_key_rotation && key.deletion_window_in_days == 30])
    error_message = "Keys are renewed, and a deletion can be taken back for a month."
  }
}

run "what_is_locked" {
  assert {
    condition     = { for name, bucket in aws_s3_bucket.this : name => bucket.object_lock_enabled } == { artifact = false, config = false, evidence = true, tools = true, trail = true }
    error_message = "Evidence, what builds run, and what CloudTrail writes. Not what Config delivers: it takes no bucket with a lock."
  }

  assert {
    condition = { for name, lock in aws_s3_bucket_object_lock_configuration.this : name => "${lock.rule[0].default_retention[0].mode} ${lock.rule[0].default_retention[0].days}" } == {
      evidence = "COMPLIANCE 365"
      tools    = "COMPLIANCE 90"
      trail    = "COMPLIANCE 365"
    }
    error_message = "For everybody, for as long as was said."
  }
}

run "retention_by_variable" {
  variables {
    retention_mode          = "GOVERNANCE"
    evidence_retention_days = 7
  }

  assert {
    condition     = aws_s3_bucket_object_lock_configuration.this["evidence"].rule[0].default_retention[0].mode == "GOVERNANCE" && aws_s3_bucket_object_lock_configuration.this["evidence"].rule[0].default_retention[0].days == 7
    error_message = "For trying things out, a lock that can be opened."
  }
}

run "what_is_destroyed_with_its_bucket" {
  variables {
    retention_mode = "GOVERNANCE"
    force_destroy  = true
  }

  assert {
    condition     = { for name, bucket in aws_s3_bucket.this : name => bucket.force_destroy } == { artifact = true, config = true, evidence = false, tools = false, trail = false } && aws_s3_bucket.access_log.force_destroy
    error_message = "Never what is locked: the provider would open a lock that can be opened."
  }
}

run "what_ends" {
  assert {
    condition     = alltrue([for name, bucket in aws_s3_bucket_lifecycle_configuration.this : anytrue([for rule in bucket.rule : rule.status == "Enabled" && length(rule.abort_incomplete_multipart_upload) == 1])])
    error_message = "Uploads that were cut off end by themselves."
  }

  assert {
    condition = { for name, bucket in aws_s3_bucket_lifecycle_configuration.this : name => [for rule in bucket.rule : rule.expiration[0].days if length(rule.expiration) == 1] } == {
      artifact = [30]
      config   = []
      evidence = []
      tools    = []
      trail    = []
    }
    error_message = "Artifacts end; nothing else does by itself."
  }
}

run "nobody_named_means_whoever_applies" {
  assert {
    condition = [
      for statement in jsondecode(aws_s3_bucket_policy.this["tools"].policy).Statement :
      statement.Condition.ArnNotEquals["aws:PrincipalArn"] if statement.Sid == "DenyWritersButTheDeployer"
    ] == [["arn:aws:iam::111122223333:role/deployer"]]
    error_message = "The role behind the session, not the session."
  }
}

run "another_partition" {
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-us-gov" }
  }

  assert {
    condition     = alltrue([for policy in concat(values(aws_s3_bucket_policy.this), [aws_s3_bucket_policy.access_log]) : !strcontains(policy.policy, "arn:aws:s3")])
    error_message = "No ARN knows the partition by heart."
  }
}
