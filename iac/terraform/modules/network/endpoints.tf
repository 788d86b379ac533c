# Layers of images and evidence go to S3 without passing NAT, and that costs nothing.
resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.main.id
  service_name      = "com.amazonaws.${data.aws_region.current.name}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [for zone in var.availability_zones : aws_route_table.private[zone].id]
  tags              = merge(local.tags, { Name = "${local.name}-s3" })
}

resource "aws_vpc_endpoint" "interface" {
  for_each = var.interface_endpoints

  vpc_id              = aws_vpc.main.id
  service_name        = "com.amazonaws.${data.aws_region.current.name}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  security_group_ids  = [aws_security_group.endpoint[0].id]
  tags                = merge(local.tags, { Name = "${local.name}-${each.key}" })
}

resource "aws_security_group" "endpoint" {
  count = length(var.interface_endpoints) == 0 ? 0 : 1

  name_prefix = "${local.name}-endpoint-"
  description = "Endpoints of services: only from private subnets"
  vpc_id      = aws_vpc.main.id
  tags        = merge(local.tags, { Name = "${local.name}-endpoint" })

  lifecycle {
    create_before_destroy = true
  }
}

# By address: with an endpoint a service's name leads there for the whole network. Whoever it kept out, such as a host or a
# node, whose groups are made elsewhere, would not reach that service at all.
resource "aws_vpc_security_group_ingress_rule" "endpoint" {
  for_each = length(var.interface_endpoints) == 0 ? {} : local.private_subnets

  security_group_id = aws_security_group.endpoint[0].id
  description       = "from the private subnet in ${each.key}"
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
  tags              = local.tags
}
