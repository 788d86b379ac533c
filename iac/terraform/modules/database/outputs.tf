output "endpoint" {
  description = "Host and port. No secret, but nobody outside the network has use for it."
  value       = aws_db_instance.this.endpoint
}

output "host" {
  description = "Host alone."
  value       = aws_db_instance.this.address
}

output "port" {
  description = "Port alone."
  value       = aws_db_instance.this.port
}

output "database_name" {
  description = "Name of the database in the instance."
  value       = aws_db_instance.this.db_name
}

output "arn" {
  description = "The instance, for policies and alarms."
  value       = aws_db_instance.this.arn
}

output "resource_id" {
  description = "Id that the instance keeps for life, by which policies name its users."
  value       = aws_db_instance.this.resource_id
}

output "password_secret_arn" {
  description = "Secret in which RDS keeps the administrator's password: its name, not what is in it."
  value       = one(aws_db_instance.this.master_user_secret[*].secret_arn)
}
