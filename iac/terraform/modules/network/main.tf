data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name = "${var.project}-${var.environment}"
  tags = merge({ project = var.project, environment = var.environment }, var.tags)

  public_subnets   = zipmap(var.availability_zones, var.public_subnet_cidrs)
  private_subnets  = zipmap(var.availability_zones, var.private_subnet_cidrs)
  database_subnets = length(var.database_subnet_cidrs) == 0 ? {} : zipmap(var.availability_zones, var.database_subnet_cidrs)

  # Where the ways out stand, and which of them each zone takes.
  nat_zones = var.nat_per_availability_zone ? var.availability_zones : [var.availability_zones[0]]
  nat_of    = { for zone in var.availability_zones : zone => var.nat_per_availability_zone ? zone : var.availability_zones[0] }
}

resource "aws_vpc" "main" {
  cidr_block           = var.vpc_cidr
  enable_dns_support   = true
  enable_dns_hostnames = true
  tags                 = merge(local.tags, { Name = local.name })
}

# Nobody is to be in it: who names no group gets one that lets nothing in or out.
resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.main.id
  tags   = merge(local.tags, { Name = "${local.name}-closed" })
}

resource "aws_internet_gateway" "main" {
  vpc_id = aws_vpc.main.id
  tags   = merge(local.tags, { Name = local.name })
}

# --- public: load balancers and NAT ---

resource "aws_subnet" "public" {
  for_each = local.public_subnets

  vpc_id                  = aws_vpc.main.id
  availability_zone       = each.key
  cidr_block              = each.value
  map_public_ip_on_launch = false
  tags                    = merge(local.tags, { Name = "${local.name}-public-${each.key}" })
}

resource "aws_route_table" "public" {
  vpc_id = aws_vpc.main.id
  tags   = merge(local.tags, { Name = "${local.name}-public" })
}

resource "aws_route" "public" {
  route_table_id         = aws_route_table.public.id
  destination_cidr_block = "0.0.0.0/0"
  gateway_id             = aws_internet_gateway.main.id
}

resource "aws_route_table_association" "public" {
  for_each = local.public_subnets

  subnet_id      = aws_subnet.public[each.key].id
  route_table_id = aws_route_table.public.id
}

# --- private: containers and builds, with a way out by NAT ---

resource "aws_subnet" "private" {
  for_each = local.private_subnets

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = merge(local.tags, { Name = "${local.name}-private-${each.key}" })
}

resource "aws_route_table" "private" {
  for_each = local.private_subnets

  vpc_id = aws_vpc.main.id
  tags   = merge(local.tags, { Name = "${local.name}-private-${each.key}" })
}

resource "aws_route" "private" {
  for_each = local.private_subnets

  route_table_id         = aws_route_table.private[each.key].id
  destination_cidr_block = "0.0.0.0/0"
  network_interface_id   = var.nat == "instance" ? aws_instance.nat[local.nat_of[each.key]].primary_network_interface_id : null
  nat_gateway_id         = var.nat == "gateway" ? aws_nat_gateway.main[local.nat_of[each.key]].id : null
}

resource "aws_route_table_association" "private" {
  for_each = local.private_subnets

  subnet_id      = aws_subnet.private[each.key].id
  route_table_id = aws_route_table.private[each.key].id
}

# --- databases: no way out, none in but from inside ---

resource "aws_subnet" "database" {
  for_each = local.database_subnets

  vpc_id            = aws_vpc.main.id
  availability_zone = each.key
  cidr_block        = each.value
  tags              = merge(local.tags, { Name = "${local.name}-database-${each.key}" })
}

resource "aws_route_table" "database" {
  count = length(local.database_subnets) == 0 ? 0 : 1

  vpc_id = aws_vpc.main.id
  tags   = merge(local.tags, { Name = "${local.name}-database" })
}

resource "aws_route_table_association" "database" {
  for_each = local.database_subnets

  subnet_id      = aws_subnet.database[each.key].id
  route_table_id = aws_route_table.database[0].id
}
