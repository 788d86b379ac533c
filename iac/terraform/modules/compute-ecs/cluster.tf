resource "aws_ecs_cluster" "stage" {
  for_each = local.stages

  name = "${local.prefix}-${each.key}"
  tags = var.tags

  setting {
    name  = "containerInsights"
    value = "enabled"
  }

  # Container Insights would make this group itself, to be kept for ever and without our key.
  depends_on = [aws_cloudwatch_log_group.insights]
}

resource "aws_ecs_cluster_capacity_providers" "stage" {
  for_each = local.stages

  cluster_name       = aws_ecs_cluster.stage[each.key].name
  capacity_providers = [local.on_hosts ? aws_ecs_capacity_provider.stage[each.key].name : "FARGATE"]

  default_capacity_provider_strategy {
    capacity_provider = local.on_hosts ? aws_ecs_capacity_provider.stage[each.key].name : "FARGATE"
    base              = each.value.capacity_base
    weight            = 100
  }
}
