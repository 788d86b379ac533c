# Up to `falco_log_group_name`, what `contract.json` takes from Terraform, name by name. With EKS, what only ECS has is null, and
# `deploy` stops at it: the pipeline deploys to ECS.

output "vpc_id" {
  description = "The network."
  value       = module.network.vpc_id
}

output "private_subnet_ids" {
  description = "Subnets of builds, tasks and hosts."
  value       = module.network.private_subnet_ids
}

output "build_security_group_id" {
  description = "Group of the builds."
  value       = module.network.build_security_group_id
}

output "repository_name" {
  description = "Repository of the application's images."
  value       = module.registry.repository_name
}

output "repository_url" {
  description = "Its address, without tag and digest."
  value       = module.registry.repository_url
}

output "toolbox_repository_name" {
  description = "Repository of the image in which builds run."
  value       = module.registry.toolbox_repository_name
}

output "staging_cluster_name" {
  description = "Cluster of staging."
  value       = local.on_ecs ? module.compute_ecs[0].staging_cluster_name : module.compute_eks[0].staging_cluster_name
}

output "staging_service_name" {
  description = "Service of staging."
  value       = local.on_ecs ? module.compute_ecs[0].staging_service_name : null
}

output "staging_task_family" {
  description = "Family of the task definitions of staging."
  value       = local.on_ecs ? module.compute_ecs[0].staging_task_family : null
}

output "staging_autoscaling_group_name" {
  description = "Group of the hosts of staging; `none` on Fargate."
  value       = local.on_ecs ? module.compute_ecs[0].staging_autoscaling_group_name : null
}

output "staging_url" {
  description = "Where staging answers, inside the network."
  value       = local.on_ecs ? module.compute_ecs[0].staging_url : null
}

output "production_cluster_name" {
  description = "Cluster of production."
  value       = local.on_ecs ? module.compute_ecs[0].production_cluster_name : module.compute_eks[0].production_cluster_name
}

output "production_service_name" {
  description = "Service of production."
  value       = local.on_ecs ? module.compute_ecs[0].production_service_name : null
}

output "production_task_family" {
  description = "Family of the task definitions of production."
  value       = local.on_ecs ? module.compute_ecs[0].production_task_family : null
}

output "production_url" {
  description = "Where production answers."
  value       = local.on_ecs ? module.compute_ecs[0].production_url : null
}

output "production_load_balancer_arn_suffix" {
  description = "The load balancer of production as its metrics name it."
  value       = local.on_ecs ? module.compute_ecs[0].production_load_balancer_arn_suffix : null
}

output "production_target_group_arn" {
  description = "Blue target group of production."
  value       = local.on_ecs ? module.compute_ecs[0].production_target_group_arn : null
}

output "production_alternate_target_group_arn" {
  description = "Green target group of production."
  value       = local.on_ecs ? module.compute_ecs[0].production_alternate_target_group_arn : null
}

output "production_listener_rule_arn" {
  description = "The rule that ECS rewrites when it moves traffic."
  value       = local.on_ecs ? module.compute_ecs[0].production_listener_rule_arn : null
}

output "traffic_role_arn" {
  description = "Role with which ECS moves traffic."
  value       = local.on_ecs ? module.compute_ecs[0].traffic_role_arn : null
}

output "task_execution_role_arn" {
  description = "What starts a task."
  value       = module.identity.task_execution_role_arn
}

output "task_role_arn" {
  description = "What the application itself may do."
  value       = module.identity.task_role_arn
}

output "artifact_bucket_name" {
  description = "What the stages of the pipeline hand on."
  value       = module.evidence.artifact_bucket_name
}

output "evidence_bucket_name" {
  description = "Evidence."
  value       = module.evidence.evidence_bucket_name
}

output "evidence_key_arn" {
  description = "Key of evidence."
  value       = module.evidence.evidence_key_arn
}

output "tools_bucket_name" {
  description = "Locked tools: `gate`, profile, buildspecs, function."
  value       = module.evidence.tools_bucket_name
}

output "trail_bucket_name" {
  description = "Files of CloudTrail."
  value       = module.evidence.trail_bucket_name
}

output "falco_log_group_name" {
  description = "Alerts of Falco."
  value       = local.on_ecs ? module.compute_ecs[0].falco_log_group_name : module.compute_eks[0].falco_log_group_name
}

output "github_gate_role_arn" {
  description = "Role of the workflows that judge, in GitHub's environment for gates; null without GitHub."
  value       = module.identity.github_gate_role_arn
}

output "github_staging_role_arn" {
  description = "Role of the workflow that deploys to staging; null without GitHub."
  value       = module.identity.github_staging_role_arn
}

output "github_production_role_arn" {
  description = "Role of the workflow that deploys to production; null without GitHub."
  value       = module.identity.github_production_role_arn
}

output "github_oidc_provider_arn" {
  description = "GitHub's OIDC provider, which a second factory in this account is given; null without GitHub."
  value       = module.identity.github_oidc_provider_arn
}

output "toolbox_repository_url" {
  description = "Where the toolbox is pushed to."
  value       = module.registry.toolbox_repository_url
}

output "production_load_balancer_dns_name" {
  description = "What the domain's owner lets the domain's name point to."
  value       = local.on_ecs ? module.compute_ecs[0].production_load_balancer_dns_name : null
}

output "database_endpoint" {
  description = "Host and port of the database, if there is one."
  value       = var.database.enabled ? module.database[0].endpoint : null
}

output "database_name" {
  description = "Name of production's database and of its user; staging's have `_staging` behind it."
  value       = var.database.enabled ? module.database[0].database_name : null
}

output "database_password_secret_arn" {
  description = "Secret in which RDS keeps the password of the database's administrator: its name, not what is in it."
  value       = var.database.enabled ? module.database[0].password_secret_arn : null
}
