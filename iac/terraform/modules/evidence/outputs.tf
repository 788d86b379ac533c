output "artifact_bucket_name" {
  description = "Bucket of what the pipeline's stages hand on."
  value       = aws_s3_bucket.this["artifact"].bucket

  # Whoever writes to it finds its lock, key and policy in place.
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_object_lock_configuration.this, aws_s3_bucket_server_side_encryption_configuration.this]
}

output "artifact_bucket_arn" {
  description = "Its ARN, for policies."
  value       = aws_s3_bucket.this["artifact"].arn
}

output "evidence_bucket_name" {
  description = "Bucket of evidence."
  value       = aws_s3_bucket.this["evidence"].bucket

  # Whoever writes to it finds its lock, key and policy in place.
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_object_lock_configuration.this, aws_s3_bucket_server_side_encryption_configuration.this]
}

output "evidence_bucket_arn" {
  description = "Its ARN, for policies."
  value       = aws_s3_bucket.this["evidence"].arn
}

output "tools_bucket_name" {
  description = "Bucket of the programs, profiles, buildspecs and functions that builds run."
  value       = aws_s3_bucket.this["tools"].bucket

  # Whoever writes to it finds its lock, key and policy in place.
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_object_lock_configuration.this, aws_s3_bucket_server_side_encryption_configuration.this]
}

output "tools_bucket_arn" {
  description = "Its ARN, for policies."
  value       = aws_s3_bucket.this["tools"].arn
}

output "trail_bucket_name" {
  description = "Bucket of the files of CloudTrail."
  value       = aws_s3_bucket.this["trail"].bucket

  # Whoever writes to it finds its lock, key and policy in place.
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_object_lock_configuration.this, aws_s3_bucket_server_side_encryption_configuration.this]
}

output "trail_bucket_arn" {
  description = "Its ARN, for policies."
  value       = aws_s3_bucket.this["trail"].arn
}

output "config_bucket_name" {
  description = "Bucket of what AWS Config delivers."
  value       = aws_s3_bucket.this["config"].bucket

  # Whoever writes to it finds its key and policy in place.
  depends_on = [aws_s3_bucket_policy.this, aws_s3_bucket_server_side_encryption_configuration.this]
}

output "access_log_bucket_name" {
  description = "Bucket of access logs: of the other buckets, and of load balancers under `alb/`."
  value       = aws_s3_bucket.access_log.bucket
  depends_on  = [aws_s3_bucket_policy.access_log]
}

output "evidence_key_arn" {
  description = "Key of evidence and tools."
  value       = aws_kms_key.this["evidence"].arn
}

output "artifact_key_arn" {
  description = "Key of what the pipeline makes: its artifacts and images."
  value       = aws_kms_key.this["artifact"].arn
}

output "log_key_arn" {
  description = "Key of logs: log groups of the application and of the network, trails."
  value       = aws_kms_key.this["log"].arn
}
