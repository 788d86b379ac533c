# States may not be destroyed, not even those of a test: nothing is applied, and values are made up for the plan.
mock_provider "aws" {
  override_during = plan

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
}

variables {
  project = "shop"
}

run "state_is_kept_and_closed" {
  command = plan

  assert {
    condition     = aws_s3_bucket.state.bucket == "shop-state-111122223333"
    error_message = "The account makes the name of the bucket unique."
  }

  assert {
    condition     = aws_s3_bucket_versioning.state.versioning_configuration[0].status == "Enabled"
    error_message = "A damaged state is mended from its last version."
  }

  assert {
    condition = (
      one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms" &&
      one(aws_s3_bucket_server_side_encryption_configuration.state.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == aws_kms_key.state.arn &&
      aws_kms_key.state.enable_key_rotation
    )
    error_message = "States hold what is secret elsewhere: they are encrypted with a key of ours that is renewed."
  }

  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.state.block_public_acls,
      aws_s3_bucket_public_access_block.state.block_public_policy,
      aws_s3_bucket_public_access_block.state.ignore_public_acls,
      aws_s3_bucket_public_access_block.state.restrict_public_buckets,
    ])
    error_message = "Nothing makes the bucket public."
  }

  assert {
    condition = anytrue([
      for statement in jsondecode(aws_s3_bucket_policy.state.policy).Statement :
      statement.Effect == "Deny" && statement.Action == "s3:*" && try(statement.Condition.Bool["aws:SecureTransport"], "") == "false"
    ])
    error_message = "Without TLS everything is refused."
  }
}

run "locks" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.lock.hash_key == "LockID" && aws_dynamodb_table.lock.billing_mode == "PAY_PER_REQUEST"
    error_message = "Terraform asks for this key; nobody pays for a table that waits."
  }

  assert {
    condition     = aws_dynamodb_table.lock.point_in_time_recovery[0].enabled && aws_dynamodb_table.lock.deletion_protection_enabled
    error_message = "The table can be brought back, and is not deleted by mistake."
  }

  assert {
    condition     = output.backend.use_lockfile && output.backend.encrypt && output.backend.bucket == output.state_bucket_name && output.backend.dynamodb_table == output.lock_table_name
    error_message = "The backend takes both locks, and encrypts."
  }
}
