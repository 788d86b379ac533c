resource "aws_ecs_service" "stage" {
  for_each = local.stages

  name                               = "application"
  cluster                            = aws_ecs_cluster.stage[each.key].arn
  task_definition                    = aws_ecs_task_definition.stage[each.key].arn
  desired_count                      = each.value.desired_count
  scheduling_strategy                = "REPLICA"
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  health_check_grace_period_seconds  = each.value.health_grace_time
  enable_execute_command             = false
  enable_ecs_managed_tags            = true
  propagate_tags                     = "SERVICE"
  platform_version                   = local.on_hosts ? null : "LATEST"
  wait_for_steady_state              = false
  tags                               = var.tags

  capacity_provider_strategy {
    capacity_provider = local.on_hosts ? aws_ecs_capacity_provider.stage[each.key].name : "FARGATE"
    base              = each.value.capacity_base
    weight            = 100
  }

  dynamic "ordered_placement_strategy" {
    for_each = local.on_hosts ? ["attribute:ecs.availability-zone"] : []

    content {
      type  = "spread"
      field = ordered_placement_strategy.value
    }
  }

  network_configuration {
    subnets          = var.private_subnet_ids
    security_groups  = [each.value.service_security]
    assign_public_ip = false
  }

  load_balancer {
    target_group_arn = aws_lb_target_group.colour["${each.key}-blue"].arn
    container_name   = "application"
    container_port   = var.container_port
  }

  deployment_controller {
    type = "ECS"
  }

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  lifecycle {
    # The pipeline deploys: it names the task definition, the strategy, both target groups and the hook that verifies. An
    # update of the deployment's settings from here would know nothing of the hook and take it away.
    ignore_changes = [
      task_definition,
      desired_count,
      load_balancer,
      deployment_circuit_breaker,
      deployment_maximum_percent,
      deployment_minimum_healthy_percent,
    ]

    # Twice the most, since both revisions stand side by side while one takes over, each with as many tasks as there were.
    precondition {
      condition = local.on_hosts && each.key == "production" ? (
        (data.aws_ec2_instance_type.stage[each.key].maximum_network_interfaces - 1) * each.value.capacity.max >= 2 * var.production_tasks.max
      ) : true
      error_message = "At their most, production's tasks could not be replaced: two revisions of them need more network interfaces than the hosts have. Take more hosts, a larger instance_type, or fewer tasks."
    }

    postcondition {
      condition     = one(self.load_balancer).container_port == var.container_port
      error_message = "The port is fixed when a service is made, and the pipeline hands it on. To change it, make both services anew with `terraform apply -replace=ADDRESS`, and deploy; until then nothing answers."
    }
  }

  depends_on = [
    aws_lb_listener_rule.application,
    aws_ecs_cluster_capacity_providers.stage,
    aws_iam_role_policy.host,
  ]
}

resource "aws_appautoscaling_target" "production" {
  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${aws_ecs_cluster.stage["production"].name}/${aws_ecs_service.stage["production"].name}"
  min_capacity       = var.production_tasks.min
  max_capacity       = var.production_tasks.max
  tags               = var.tags
}

resource "aws_appautoscaling_policy" "production" {
  name               = "${local.prefix}-cpu"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.production.service_namespace
  scalable_dimension = aws_appautoscaling_target.production.scalable_dimension
  resource_id        = aws_appautoscaling_target.production.resource_id

  target_tracking_scaling_policy_configuration {
    target_value       = 70
    scale_in_cooldown  = 300
    scale_out_cooldown = 60

    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
  }
}
