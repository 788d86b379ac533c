output "web_acl_arn" {
  description = "The web access control list."
  value       = aws_wafv2_web_acl.this.arn
}

output "web_acl_name" {
  description = "Its name: the dimension `WebACL` of its metrics."
  value       = aws_wafv2_web_acl.this.name
}

output "log_group_name" {
  description = "Log group of the requests that were blocked or counted."
  value       = aws_cloudwatch_log_group.waf.name
}
