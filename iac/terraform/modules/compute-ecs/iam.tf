# A host may be a host of its own cluster, and be reached through Session Manager. The policies of AWS for both let it read
# every parameter and every image of the account, so ours stand here.

resource "aws_iam_role" "host" {
  for_each = local.stages_on_hosts

  name        = "${local.prefix}-${each.key}-host"
  description = "Hosts of ${local.prefix}-${each.key}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.${data.aws_partition.current.dns_suffix}" }
    }]
  })
}

resource "aws_iam_role_policy" "host" {
  for_each = local.stages_on_hosts

  name = "host"
  role = aws_iam_role.host[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "FindTheCluster"
        Effect   = "Allow"
        Action   = ["ecs:DiscoverPollEndpoint"]
        Resource = "*"
      },
      {
        Sid    = "BeInTheCluster"
        Effect = "Allow"
        Action = [
          "ecs:DeregisterContainerInstance",
          "ecs:RegisterContainerInstance",
          "ecs:SubmitAttachmentStateChanges",
          "ecs:SubmitContainerStateChange",
          "ecs:SubmitTaskStateChange",
        ]
        Resource = "${local.aws}:ecs:${local.region}:${local.account}:cluster/${local.prefix}-${each.key}"
      },
      {
        Sid      = "WorkForTheCluster"
        Effect   = "Allow"
        Action   = ["ecs:Poll", "ecs:StartTelemetrySession", "ecs:UpdateContainerInstancesState"]
        Resource = "${local.aws}:ecs:${local.region}:${local.account}:container-instance/${local.prefix}-${each.key}/*"
      },
      {
        Sid      = "BeKnownToSystemsManager"
        Effect   = "Allow"
        Action   = ["ssm:UpdateInstanceInformation"]
        Resource = "${local.aws}:ec2:${local.region}:${local.account}:instance/*"
      },
      {
        # These have no resource to name.
        Sid    = "CarrySessions"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "host" {
  for_each = local.stages_on_hosts

  name = "${local.prefix}-${each.key}-host"
  role = aws_iam_role.host[each.key].name
  tags = var.tags
}

# With this role ECS moves the traffic from one target group to the other. It is given to the service by whoever deploys.
resource "aws_iam_role" "traffic" {
  name        = "${local.prefix}-traffic"
  description = "ECS, to move traffic between the target groups of ${local.prefix}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "traffic" {
  name = "traffic"
  role = aws_iam_role.traffic.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # These have no resource to name.
        Sid    = "Look"
        Effect = "Allow"
        Action = [
          "elasticloadbalancing:DescribeListeners",
          "elasticloadbalancing:DescribeRules",
          "elasticloadbalancing:DescribeTargetGroups",
          "elasticloadbalancing:DescribeTargetHealth",
        ]
        Resource = "*"
      },
      {
        Sid      = "Targets"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"]
        Resource = [for key in sort(keys(aws_lb_target_group.colour)) : aws_lb_target_group.colour[key].arn]
      },
      {
        Sid      = "Traffic"
        Effect   = "Allow"
        Action   = ["elasticloadbalancing:ModifyRule"]
        Resource = [for key in sort(keys(aws_lb_listener_rule.application)) : aws_lb_listener_rule.application[key].arn]
      },
    ]
  })
}
