output "endpoint" {
  description = "Host and port. No secret, but nobody outside the network has use for it."
  value       = aws_db_instance.this.endpoint
}

output "database_name" {
  description = "Name of the database in the instance."
  value       = aws_db_instance.this.db_name
}

output "arn" {
  description = "The instance, for policies and alarms."
  value       = aws_db_instance.this.arn
}

output "password_secret_arn" {
  description = "Secret in which RDS keeps the administrator's password: its name, not what is in it."
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}
