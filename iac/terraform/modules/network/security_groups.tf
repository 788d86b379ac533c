# Who may talk to whom. Groups name groups; addresses stand only where the world begins.
# Nobody may come in on 22: sessions go through Systems Manager. Names and time are answered by AWS inside the
# network, and no group is asked for those.
# A group that is in use can't go before its successor is there, and no two in a network share a name: so names end with what
# AWS puts there.

locals {
  world = "0.0.0.0/0"

  # What a container listens on; in bridge mode ECS gives it a port of its instance instead.
  service_ports = merge(
    { container = { from = var.container_port, to = var.container_port } },
    var.dynamic_host_ports ? { dynamic = { from = 32768, to = 65535 } } : {},
  )

  # What may leave through NAT.
  nat_ports = {
    http    = { port = 80, protocol = "tcp" }
    https   = { port = 443, protocol = "tcp" }
    dns     = { port = 53, protocol = "udp" }
    dns-tcp = { port = 53, protocol = "tcp" }
  }
}

# --- production: world → load balancer → containers ---

resource "aws_security_group" "production_alb" {
  #checkov:skip=CKV2_AWS_5:attached by whoever takes it from the outputs
  name_prefix = "${local.name}-production-alb-"
  description = "Production load balancer: web traffic from the world"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-production-alb" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "production_alb" {
  #checkov:skip=CKV_AWS_260:the one public door; its listener on 80 only redirects to 443
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.production_alb.id
  description       = "${each.key} from the world"
  cidr_ipv4         = local.world
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "production_alb" {
  for_each = local.service_ports

  security_group_id            = aws_security_group.production_alb.id
  description                  = "to the ${each.key} port of production"
  referenced_security_group_id = aws_security_group.production_service.id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from
  to_port                      = each.value.to
  tags                         = local.tags
}

resource "aws_security_group" "production_service" {
  #checkov:skip=CKV2_AWS_5:attached by whoever takes it from the outputs
  name_prefix = "${local.name}-production-service-"
  description = "Production containers: only from the production load balancer"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-production-service" })

  lifecycle {
    create_before_destroy = true
  }
}

# --- staging: builds → load balancer → containers ---

resource "aws_security_group" "staging_alb" {
  #checkov:skip=CKV2_AWS_5:attached by whoever takes it from the outputs
  name_prefix = "${local.name}-staging-alb-"
  description = "Staging load balancer: only from builds"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-staging-alb" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "staging_alb" {
  #checkov:skip=CKV_AWS_260:from a group, not from addresses
  for_each = { http = 80, https = 443 }

  security_group_id            = aws_security_group.staging_alb.id
  description                  = "${each.key} from builds"
  referenced_security_group_id = aws_security_group.build.id
  ip_protocol                  = "tcp"
  from_port                    = each.value
  to_port                      = each.value
  tags                         = local.tags
}

resource "aws_vpc_security_group_egress_rule" "staging_alb" {
  for_each = local.service_ports

  security_group_id            = aws_security_group.staging_alb.id
  description                  = "to the ${each.key} port of staging"
  referenced_security_group_id = aws_security_group.staging_service.id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from
  to_port                      = each.value.to
  tags                         = local.tags
}

resource "aws_security_group" "staging_service" {
  #checkov:skip=CKV2_AWS_5:attached by whoever takes it from the outputs
  name_prefix = "${local.name}-staging-service-"
  description = "Staging containers: only from the staging load balancer"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-staging-service" })

  lifecycle {
    create_before_destroy = true
  }
}

# --- containers of both ---

resource "aws_vpc_security_group_ingress_rule" "production_service" {
  for_each = local.service_ports

  security_group_id            = aws_security_group.production_service.id
  description                  = "to the ${each.key} port, from the load balancer"
  referenced_security_group_id = aws_security_group.production_alb.id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from
  to_port                      = each.value.to
  tags                         = local.tags
}

# Images, logs and the API of ECS.
resource "aws_vpc_security_group_egress_rule" "production_service_https" {
  security_group_id = aws_security_group.production_service.id
  description       = "to services of AWS and of others"
  cidr_ipv4         = local.world
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "production_service_database" {
  security_group_id            = aws_security_group.production_service.id
  description                  = "to the database"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "database_production" {
  security_group_id            = aws_security_group.database.id
  description                  = "from containers of production"
  referenced_security_group_id = aws_security_group.production_service.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "staging_service" {
  for_each = local.service_ports

  security_group_id            = aws_security_group.staging_service.id
  description                  = "to the ${each.key} port, from the load balancer"
  referenced_security_group_id = aws_security_group.staging_alb.id
  ip_protocol                  = "tcp"
  from_port                    = each.value.from
  to_port                      = each.value.to
  tags                         = local.tags
}

# Images, logs and the API of ECS.
resource "aws_vpc_security_group_egress_rule" "staging_service_https" {
  security_group_id = aws_security_group.staging_service.id
  description       = "to services of AWS and of others"
  cidr_ipv4         = local.world
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "staging_service_database" {
  security_group_id            = aws_security_group.staging_service.id
  description                  = "to the database"
  referenced_security_group_id = aws_security_group.database.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}

resource "aws_vpc_security_group_ingress_rule" "database_staging" {
  security_group_id            = aws_security_group.database.id
  description                  = "from containers of staging"
  referenced_security_group_id = aws_security_group.staging_service.id
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}

resource "aws_security_group" "database" {
  #checkov:skip=CKV2_AWS_5:attached by whoever takes it from the outputs
  name_prefix = "${local.name}-database-"
  description = "Databases: only from containers, and nothing out"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-database" })

  lifecycle {
    create_before_destroy = true
  }
}

# --- builds: out only ---

resource "aws_security_group" "build" {
  #checkov:skip=CKV2_AWS_5:attached by whoever takes it from the outputs
  name_prefix = "${local.name}-build-"
  description = "Builds: nothing in"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-build" })

  lifecycle {
    create_before_destroy = true
  }
}

# Sources, packages and images; staging's load balancer, which resolves to addresses inside, is among them.
resource "aws_vpc_security_group_egress_rule" "build" {
  for_each = { http = 80, https = 443 }

  security_group_id = aws_security_group.build.id
  description       = "${each.key} to anywhere"
  cidr_ipv4         = local.world
  ip_protocol       = "tcp"
  from_port         = each.value
  to_port           = each.value
  tags              = local.tags
}

# --- NAT instances: from private subnets to the world ---

resource "aws_security_group" "nat" {
  name_prefix = "${local.name}-nat-"
  description = "NAT: web and names from private subnets to the world"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-nat" })

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_vpc_security_group_ingress_rule" "nat" {
  for_each = {
    for pair in setproduct(keys(local.nat_ports), var.private_subnet_cidrs) :
    "${pair[0]} ${pair[1]}" => merge(local.nat_ports[pair[0]], { name = pair[0], cidr = pair[1] })
  }

  security_group_id = aws_security_group.nat.id
  description       = "${each.value.name} from a private subnet"
  cidr_ipv4         = each.value.cidr
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = each.value.port
  tags              = local.tags
}

resource "aws_vpc_security_group_egress_rule" "nat" {
  for_each = local.nat_ports

  security_group_id = aws_security_group.nat.id
  description       = "${each.key} to the world"
  cidr_ipv4         = local.world
  ip_protocol       = each.value.protocol
  from_port         = each.value.port
  to_port           = each.value.port
  tags              = local.tags
}
