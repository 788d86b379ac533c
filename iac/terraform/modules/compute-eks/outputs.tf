output "staging_cluster_name" {
  description = "Cluster of staging."
  value       = aws_eks_cluster.stage["staging"].name
}

output "production_cluster_name" {
  description = "Cluster of production."
  value       = aws_eks_cluster.stage["production"].name
}

output "falco_log_group_name" {
  description = "Where the alerts of Falco are."
  value       = aws_cloudwatch_log_group.falco.name
}

output "cluster_endpoints" {
  description = "Control plane of each stage."
  value       = { for name, cluster in aws_eks_cluster.stage : name => cluster.endpoint }
}

output "cluster_security_group_ids" {
  description = "Group of the nodes and pods of each stage, which databases let in."
  value       = { for name, cluster in aws_eks_cluster.stage : name => cluster.vpc_config[0].cluster_security_group_id }
}

output "oidc_provider_arns" {
  description = "Providers that let pods of each stage take roles."
  value       = { for name, provider in aws_iam_openid_connect_provider.pods : name => provider.arn }
}

output "log_writer_role_arns" {
  description = "Role of Fluent Bit in each stage, for the annotation of its service account."
  value       = { for name, role in aws_iam_role.log_writer : name => role.arn }
}
