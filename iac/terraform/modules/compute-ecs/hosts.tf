# Hosts of the clusters, one group for each stage. Nobody logs in to them but through Session Manager: there is no key, and no
# port is open.

resource "aws_security_group" "host" {
  count = local.on_hosts ? 1 : 0

  name        = "${local.prefix}-host"
  description = "Hosts of the clusters: nothing comes in; the agents reach AWS by TLS"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${local.prefix}-host" })
}

resource "aws_vpc_security_group_egress_rule" "host_tls" {
  count = local.on_hosts ? 1 : 0

  security_group_id = aws_security_group.host[0].id
  description       = "ECS, ECR, Systems Manager and registries of images"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  cidr_ipv4         = "0.0.0.0/0"
  tags              = var.tags
}

resource "aws_launch_template" "stage" {
  for_each = local.stages_on_hosts

  name                   = "${local.prefix}-${each.key}"
  description            = "Hosts of ${local.prefix}-${each.key}"
  update_default_version = true

  # Looked up when a host starts: each new one has the newest image, and none lives longer than a week.
  image_id      = "resolve:ssm:/aws/service/ecs/optimized-ami/amazon-linux-2023/recommended/image_id"
  instance_type = each.value.capacity.instance_type
  user_data     = base64encode(templatefile("${path.module}/templates/host.sh.tftpl", { cluster = "${local.prefix}-${each.key}" }))

  vpc_security_group_ids = [aws_security_group.host[0].id]

  iam_instance_profile {
    arn = aws_iam_instance_profile.host[each.key].arn
  }

  # One hop: what is in a container doesn't reach the role of its host.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted             = true
      volume_type           = "gp3"
      volume_size           = 30
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${local.prefix}-${each.key}" })
    }
  }

  tags = var.tags

  lifecycle {
    precondition {
      condition     = contains(data.aws_ec2_instance_type.stage[each.key].supported_architectures, local.architecture)
      error_message = "Images are built for ${local.architecture}, and a ${each.value.capacity.instance_type} can't run them: no task would ever start. Take an instance_type of Intel or AMD."
    }
  }
}

resource "aws_autoscaling_group" "stage" {
  for_each = local.stages_on_hosts

  name                      = "${local.prefix}-${each.key}"
  min_size                  = each.value.capacity.min
  desired_capacity          = each.value.capacity.desired
  max_size                  = each.value.capacity.max
  vpc_zone_identifier       = var.private_subnet_ids
  health_check_type         = "EC2"
  health_check_grace_period = 300
  max_instance_lifetime     = 7 * 24 * 3600

  launch_template {
    id      = aws_launch_template.stage[each.key].id
    version = aws_launch_template.stage[each.key].latest_version
  }

  dynamic "tag" {
    for_each = merge(var.tags, { Name = "${local.prefix}-${each.key}", AmazonECSManaged = "true" })

    content {
      key                 = tag.key
      value               = tag.value
      propagate_at_launch = true
    }
  }

  # ECS sets it by what the tasks need.
  lifecycle {
    ignore_changes = [desired_capacity]
  }
}

resource "aws_ecs_capacity_provider" "stage" {
  for_each = local.stages_on_hosts

  name = "${local.prefix}-${each.key}"
  tags = var.tags

  auto_scaling_group_provider {
    auto_scaling_group_arn = aws_autoscaling_group.stage[each.key].arn

    # Staging has to come back to no host. Tasks are drained before their host goes.
    managed_termination_protection = "DISABLED"
    managed_draining               = "ENABLED"

    managed_scaling {
      status                    = "ENABLED"
      target_capacity           = 100
      minimum_scaling_step_size = 1
      maximum_scaling_step_size = each.value.capacity.max
      instance_warmup_period    = 300
    }
  }
}

# For what a host is built, and how many tasks it has room for: each takes a network interface, and one is the host's own.
data "aws_ec2_instance_type" "stage" {
  for_each = local.stages_on_hosts

  instance_type = each.value.capacity.instance_type
}
