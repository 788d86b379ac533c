output "vpc_id" {
  description = "The network."
  value       = module.factory.vpc_id
}

output "private_subnet_ids" {
  description = "Subnets of builds, tasks and hosts."
  value       = module.factory.private_subnet_ids
}

output "build_security_group_id" {
  description = "Group of the builds."
  value       = module.factory.build_security_group_id
}

output "repository_name" {
  description = "Repository of the application's images."
  value       = module.factory.repository_name
}

output "repository_url" {
  description = "Its address, without tag and digest."
  value       = module.factory.repository_url
}

output "toolbox_repository_name" {
  description = "Repository of the image in which builds run."
  value       = module.factory.toolbox_repository_name
}

output "staging_cluster_name" {
  description = "Cluster of staging."
  value       = module.factory.staging_cluster_name
}

output "staging_service_name" {
  description = "Service of staging."
  value       = module.factory.staging_service_name
}

output "staging_task_family" {
  description = "Family of the task definitions of staging."
  value       = module.factory.staging_task_family
}

output "staging_autoscaling_group_name" {
  description = "Group of the hosts of staging; `none` on Fargate."
  value       = module.factory.staging_autoscaling_group_name
}

output "staging_url" {
  description = "Where staging answers, inside the network."
  value       = module.factory.staging_url
}

output "production_cluster_name" {
  description = "Cluster of production."
  value       = module.factory.production_cluster_name
}

output "production_service_name" {
  description = "Service of production."
  value       = module.factory.production_service_name
}

output "production_task_family" {
  description = "Family of the task definitions of production."
  value       = module.factory.production_task_family
}

output "production_url" {
  description = "Where production answers."
  value       = module.factory.production_url
}

output "production_load_balancer_arn_suffix" {
  description = "The load balancer of production as its metrics name it."
  value       = module.factory.production_load_balancer_arn_suffix
}

output "production_target_group_arn" {
  description = "Blue target group of production."
  value       = module.factory.production_target_group_arn
}

output "production_alternate_target_group_arn" {
  description = "Green target group of production."
  value       = module.factory.production_alternate_target_group_arn
}

output "production_listener_rule_arn" {
  description = "The rule that ECS rewrites when it moves traffic."
  value       = module.factory.production_listener_rule_arn
}

output "traffic_role_arn" {
  description = "Role with which ECS moves traffic."
  value       = module.factory.traffic_role_arn
}

output "task_execution_role_arn" {
  description = "What starts a task."
  value       = module.factory.task_execution_role_arn
}

output "task_role_arn" {
  description = "What the application itself may do."
  value       = module.factory.task_role_arn
}

output "artifact_bucket_name" {
  description = "What the stages of the pipeline hand on."
  value       = module.factory.artifact_bucket_name
}

output "evidence_bucket_name" {
  description = "Evidence."
  value       = module.factory.evidence_bucket_name
}

output "evidence_key_arn" {
  description = "Key of evidence."
  value       = module.factory.evidence_key_arn
}

output "tools_bucket_name" {
  description = "Locked tools: `gate`, profile, buildspecs, function."
  value       = module.factory.tools_bucket_name
}

output "trail_bucket_name" {
  description = "Files of CloudTrail."
  value       = module.factory.trail_bucket_name
}

output "falco_log_group_name" {
  description = "Alerts of Falco."
  value       = module.factory.falco_log_group_name
}

output "github_gate_role_arn" {
  description = "Role of the workflows that judge, in GitHub's environment for gates; null without GitHub."
  value       = module.factory.github_gate_role_arn
}

output "github_staging_role_arn" {
  description = "Role of the workflow that deploys to staging; null without GitHub."
  value       = module.factory.github_staging_role_arn
}

output "github_production_role_arn" {
  description = "Role of the workflow that deploys to production; null without GitHub."
  value       = module.factory.github_production_role_arn
}

output "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider, which a second factory in this account is given; null without GitHub."
  value       = module.factory.github_oidc_provider_arn
}

output "toolbox_repository_url" {
  description = "Where the toolbox is pushed to."
  value       = module.factory.toolbox_repository_url
}

output "production_load_balancer_dns_name" {
  description = "What the domain's owner lets the domain's name point to."
  value       = module.factory.production_load_balancer_dns_name
}

output "database_endpoint" {
  description = "Host and port of the database, if there is one."
  value       = module.factory.database_endpoint
}

output "database_name" {
  description = "Name of production's database and of its user; staging's have `_staging` behind it."
  value       = module.factory.database_name
}

output "database_password_secret_arn" {
  description = "Secret in which RDS keeps the password of the database's administrator: its name, not what is in it."
  value       = module.factory.database_password_secret_arn
}
