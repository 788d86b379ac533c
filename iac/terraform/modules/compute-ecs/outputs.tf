output "staging_cluster_name" {
  description = "Cluster of staging."
  value       = aws_ecs_cluster.stage["staging"].name
}

output "staging_service_name" {
  description = "Service of staging."
  value       = aws_ecs_service.stage["staging"].name
}

output "staging_task_family" {
  description = "Family of the task definitions of staging."
  value       = aws_ecs_task_definition.stage["staging"].family
}

output "staging_autoscaling_group_name" {
  description = "Group of the hosts of staging; `none` on Fargate, which has none."
  value       = local.on_hosts ? aws_autoscaling_group.stage["staging"].name : "none"
}

output "staging_url" {
  description = "Where staging answers, inside the network."
  value       = "https://${local.stages["staging"].domain_name}"
}

output "production_cluster_name" {
  description = "Cluster of production."
  value       = aws_ecs_cluster.stage["production"].name
}

output "production_service_name" {
  description = "Service of production."
  value       = aws_ecs_service.stage["production"].name
}

output "production_task_family" {
  description = "Family of the task definitions of production."
  value       = aws_ecs_task_definition.stage["production"].family
}

output "production_url" {
  description = "Where production answers."
  value       = "https://${local.stages["production"].domain_name}"
}

output "production_load_balancer_arn" {
  description = "Load balancer of production, for the firewall."
  value       = aws_lb.stage["production"].arn
}

output "production_load_balancer_arn_suffix" {
  description = "The load balancer of production as its metrics name it."
  value       = aws_lb.stage["production"].arn_suffix
}

output "production_load_balancer_dns_name" {
  description = "What the domain's owner lets `domain_name` point to."
  value       = aws_lb.stage["production"].dns_name
}

output "falco_log_group_name" {
  description = "Where the alerts of Falco are."
  value       = aws_cloudwatch_log_group.falco.name
}

output "traffic_role_arn" {
  description = "Role with which ECS moves traffic from one target group to the other."
  value       = aws_iam_role.traffic.arn
}

output "production_target_group_arn" {
  description = "Blue target group of production: the one that has the traffic at first."
  value       = aws_lb_target_group.colour["production-blue"].arn
}

output "production_alternate_target_group_arn" {
  description = "Green target group of production: the one that takes the next revision."
  value       = aws_lb_target_group.colour["production-green"].arn
}

output "production_listener_arn" {
  description = "TLS listener of production."
  value       = aws_lb_listener.tls["production"].arn
}

output "production_listener_rule_arn" {
  description = "The rule of that listener that ECS rewrites when it moves traffic."
  value       = aws_lb_listener_rule.application["production"].arn
}
