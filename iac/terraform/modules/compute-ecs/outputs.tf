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

output "target_group_arns" {
  description = "Target groups of each stage: `blue` and `green`."
  value = {
    for name in keys(local.stages) : name => {
      for colour in ["blue", "green"] : colour => aws_lb_target_group.colour["${name}-${colour}"].arn
    }
  }
}

output "listener_arns" {
  description = "TLS listener of each stage."
  value       = { for name, listener in aws_lb_listener.tls : name => listener.arn }
}

output "listener_rule_arns" {
  description = "The rule of each stage that ECS rewrites when it moves traffic."
  value       = { for name, rule in aws_lb_listener_rule.application : name => rule.arn }
}
