resource "aws_lb" "stage" {
  for_each = local.stages

  #checkov:skip=CKV_AWS_150:dev can be destroyed; the factory refuses production without protection
  #checkov:skip=CKV2_AWS_28:the module `edge` puts the firewall before production; staging can't be reached from outside
  name                       = "${local.short}-${each.value.short}"
  load_balancer_type         = "application"
  internal                   = each.value.internal
  subnets                    = each.value.subnet_ids
  security_groups            = [each.value.alb_security]
  drop_invalid_header_fields = true
  desync_mitigation_mode     = "strictest"
  enable_deletion_protection = var.deletion_protection
  tags                       = var.tags

  access_logs {
    enabled = true
    bucket  = var.access_log_bucket_name
    # The policy of the bucket lets load balancers write below `alb/` and nowhere else.
    prefix = "alb/${local.prefix}-${each.key}"
  }
}

# Tasks have addresses of their own, so that the port of a target is the port of its container.
resource "aws_lb_target_group" "colour" {
  for_each = local.colours

  #checkov:skip=CKV_AWS_378:TLS ends at the load balancer; behind it is one hop inside the network, from group to group
  name                 = "${local.short}-${each.value.short}-${each.value.colour}"
  vpc_id               = var.vpc_id
  target_type          = "ip"
  protocol             = "HTTP"
  port                 = var.container_port
  deregistration_delay = 30
  tags                 = var.tags

  health_check {
    protocol            = "HTTP"
    port                = "traffic-port"
    path                = var.health_check_path
    matcher             = "200"
    interval            = 30
    timeout             = 5
    healthy_threshold   = 2
    unhealthy_threshold = 3
  }

  # ECS registers each task with the port of its container; this one is never used. Another would need a new group, whose name
  # is taken, while the rule still leads to the old one.
  lifecycle {
    ignore_changes = [port]
  }
}

resource "aws_lb_listener" "redirect" {
  for_each = local.stages

  load_balancer_arn = aws_lb.stage[each.key].arn
  protocol          = "HTTP"
  port              = 80
  tags              = var.tags

  default_action {
    type = "redirect"

    redirect {
      protocol    = "HTTPS"
      port        = "443"
      status_code = "HTTP_301"
    }
  }
}

resource "aws_lb_listener" "tls" {
  for_each = local.stages

  load_balancer_arn = aws_lb.stage[each.key].arn
  protocol          = "HTTPS"
  port              = 443
  ssl_policy        = "ELBSecurityPolicy-TLS13-1-2-2021-06"
  certificate_arn   = var.certificate_arn
  tags              = var.tags

  # Whoever asks for another name than ours gets nothing.
  default_action {
    type = "fixed-response"

    fixed_response {
      content_type = "text/plain"
      status_code  = "404"
    }
  }
}

# The rule that ECS rewrites when it moves the traffic.
resource "aws_lb_listener_rule" "application" {
  for_each = local.stages

  listener_arn = aws_lb_listener.tls[each.key].arn
  priority     = 1
  tags         = var.tags

  condition {
    host_header {
      values = [each.value.domain_name]
    }
  }

  action {
    type = "forward"

    forward {
      target_group {
        arn    = aws_lb_target_group.colour["${each.key}-blue"].arn
        weight = 100
      }

      target_group {
        arn    = aws_lb_target_group.colour["${each.key}-green"].arn
        weight = 0
      }
    }
  }

  lifecycle {
    ignore_changes = [action]
  }
}

# The name of staging, for those inside the network. The name of production is given by who owns the domain.
resource "aws_route53_zone" "staging" {
  #checkov:skip=CKV2_AWS_38:a private zone can't be signed
  #checkov:skip=CKV2_AWS_39:queries of a private zone are logged by the resolver, not by the zone
  name    = local.stages["staging"].domain_name
  comment = "Staging of ${local.prefix}, inside its network"
  tags    = var.tags

  vpc {
    vpc_id = var.vpc_id
  }
}

resource "aws_route53_record" "staging" {
  zone_id = aws_route53_zone.staging.zone_id
  name    = local.stages["staging"].domain_name
  type    = "A"

  alias {
    name                   = aws_lb.stage["staging"].dns_name
    zone_id                = aws_lb.stage["staging"].zone_id
    evaluate_target_health = false
  }
}
