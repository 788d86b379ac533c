output "state_bucket_name" {
  description = "Bucket of the states of all environments."
  value       = aws_s3_bucket.state.bucket
}

output "state_key_arn" {
  description = "Key that encrypts the states."
  value       = aws_kms_key.state.arn
}

output "lock_table_name" {
  description = "Table of locks, for Terraform and tools that do not know the lock file in the bucket."
  value       = aws_dynamodb_table.lock.name
}

output "backend" {
  description = "What the environments' `terraform init` takes as `-backend-config`, but for the key of the state."
  value = {
    bucket         = aws_s3_bucket.state.bucket
    dynamodb_table = aws_dynamodb_table.lock.name
    encrypt        = true
    kms_key_id     = aws_kms_key.state.arn
    region         = data.aws_region.current.name
    use_lockfile   = true
  }
}
