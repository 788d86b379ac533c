data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

# Local zones have no load balancers.
data "aws_availability_zones" "available" {
  #checkov:skip=CKV_AWS_394:the first two or three by name are taken; a zone that AWS adds comes after them
  state = "available"

  filter {
    name   = "opt-in-status"
    values = ["opt-in-not-required"]
  }
}

locals {
  prefix = "${var.project}-${var.environment}"
  tags   = merge(var.tags, { project = var.project, environment = var.environment })

  zones = slice(data.aws_availability_zones.available.names, 0, var.availability_zones)

  # The subnets 1, 2, … of the network: public ones first, then private ones, then those of databases.
  subnet_cidrs = [for index in range(3 * var.availability_zones) : cidrsubnet(var.vpc_cidr, 8, index + 1)]

  on_ecs = var.runtime != "eks"

  # What watches where Falco doesn't: on hosts of ECS it stands beside the application.
  runtime_agents = { ecs-ec2 = [], ecs-fargate = ["ECS_FARGATE_AGENT_MANAGEMENT"], eks = ["EKS_ADDON_MANAGEMENT"] }

  # Roles are made before what they are for, so what they name is put together here. Tests compare it with what is made.
  here = "${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}"
  aws  = "arn:${data.aws_partition.current.partition}"
  service_arns = local.on_ecs ? {
    for stage in ["staging", "production"] : stage => "${local.aws}:ecs:${local.here}:service/${local.prefix}-${stage}/application"
  } : {}
  log_group_arns = ["${local.aws}:logs:${local.here}:log-group:/${var.project}/${var.environment}/*"]

  # Staging is attacked by scanners: it has a database and a user of its own in the instance. Users are called as their database.
  database = var.database.enabled ? {
    host  = module.database[0].host
    port  = module.database[0].port
    names = { staging = "${module.database[0].database_name}_staging", production = module.database[0].database_name }
  } : null
  database_user_arns = var.database.enabled ? [
    for stage in ["staging", "production"] : "${local.aws}:rds-db:${local.here}:dbuser:${module.database[0].resource_id}/${local.database.names[stage]}"
  ] : []
}

module "evidence" {
  source = "../evidence"

  project                 = var.project
  environment             = var.environment
  tags                    = local.tags
  retention_mode          = var.retention_mode
  evidence_retention_days = var.evidence_retention_days
  tools_writer_arns       = var.tools_writer_arns
  force_destroy           = !var.protected
}

module "network" {
  source = "../network"

  project                   = var.project
  environment               = var.environment
  tags                      = local.tags
  vpc_cidr                  = var.vpc_cidr
  availability_zones        = local.zones
  public_subnet_cidrs       = slice(local.subnet_cidrs, 0, var.availability_zones)
  private_subnet_cidrs      = slice(local.subnet_cidrs, var.availability_zones, 2 * var.availability_zones)
  database_subnet_cidrs     = var.database.enabled ? slice(local.subnet_cidrs, 2 * var.availability_zones, 3 * var.availability_zones) : []
  nat                       = var.nat
  nat_per_availability_zone = var.nat_per_availability_zone
  interface_endpoints       = var.interface_endpoints
  container_port            = var.container_port
  # Tasks have network interfaces of their own: one port is enough.
  dynamic_host_ports = false
  log_key_arn        = module.evidence.log_key_arn
  log_retention_days = var.log_retention_days
}

module "registry" {
  source = "../registry"

  project       = var.project
  environment   = var.environment
  tags          = local.tags
  keep_images   = var.keep_images
  key_arn       = module.evidence.artifact_key_arn
  force_destroy = !var.protected
}

module "identity" {
  source = "../identity"

  project                 = var.project
  environment             = var.environment
  tags                    = local.tags
  github                  = var.github
  repository_arn          = module.registry.repository_arn
  evidence_bucket_arn     = module.evidence.evidence_bucket_arn
  tools_bucket_arn        = module.evidence.tools_bucket_arn
  evidence_key_arn        = module.evidence.evidence_key_arn
  service_arns            = local.service_arns
  log_group_arns          = local.log_group_arns
  sidecar_repository_arns = var.sidecar_repository_arns
  database_user_arns      = local.database_user_arns
}

module "compute_ecs" {
  source = "../compute-ecs"
  count  = local.on_ecs ? 1 : 0

  project                              = var.project
  environment                          = var.environment
  tags                                 = local.tags
  vpc_id                               = module.network.vpc_id
  public_subnet_ids                    = module.network.public_subnet_ids
  private_subnet_ids                   = module.network.private_subnet_ids
  production_alb_security_group_id     = module.network.production_alb_security_group_id
  staging_alb_security_group_id        = module.network.staging_alb_security_group_id
  production_service_security_group_id = module.network.production_service_security_group_id
  staging_service_security_group_id    = module.network.staging_service_security_group_id
  task_execution_role_arn              = module.identity.task_execution_role_arn
  task_role_arn                        = module.identity.task_role_arn
  repository_url                       = module.registry.repository_url
  access_log_bucket_name               = module.evidence.access_log_bucket_name
  domain_name                          = var.domain_name
  certificate_arn                      = var.certificate_arn
  launch_type                          = var.runtime == "ecs-fargate" ? "FARGATE" : "EC2"
  falco_enabled                        = var.falco_enabled
  falco_image                          = var.falco_image == "none" ? null : var.falco_image
  container_port                       = var.container_port
  health_check_command                 = var.health_check_command
  database                             = local.database
  task_cpu                             = var.task_cpu
  task_memory                          = var.task_memory
  production_tasks                     = var.production_tasks
  production_capacity                  = { instance_type = var.production_instance_type, min = var.production_hosts.min, desired = var.production_hosts.min, max = var.production_hosts.max }
  log_key_arn                          = module.evidence.log_key_arn
  log_retention_days                   = var.log_retention_days
  deletion_protection                  = var.protected
}

module "compute_eks" {
  source = "../compute-eks"
  count  = local.on_ecs ? 0 : 1

  project                 = var.project
  environment             = var.environment
  tags                    = local.tags
  private_subnet_ids      = module.network.private_subnet_ids
  build_security_group_id = module.network.build_security_group_id
  administrator_role_arns = var.administrator_role_arns
  deploy_role_arns = {
    staging    = concat(var.deploy_role_arns.staging, var.github == null ? [] : [module.identity.github_staging_role_arn])
    production = concat(var.deploy_role_arns.production, var.github == null ? [] : [module.identity.github_production_role_arn])
  }
  public_access_cidrs = var.public_access_cidrs
  log_key_arn         = module.evidence.log_key_arn
  log_retention_days  = var.log_retention_days
}

# Before production only: staging can't be reached from outside.
module "edge" {
  source = "../edge"
  count  = local.on_ecs ? 1 : 0

  project            = var.project
  environment        = var.environment
  tags               = local.tags
  name               = "production"
  load_balancer_arn  = module.compute_ecs[0].production_load_balancer_arn
  log_key_arn        = module.evidence.log_key_arn
  log_retention_days = var.log_retention_days
}

module "detection" {
  source = "../detection"

  project            = var.project
  environment        = var.environment
  tags               = local.tags
  guardduty          = var.detection.guardduty
  runtime_agents     = local.runtime_agents[var.runtime]
  security_hub       = var.detection.security_hub
  config             = var.detection.config
  config_bucket_name = module.evidence.config_bucket_name
  config_key_arn     = module.evidence.log_key_arn
}

module "database" {
  source = "../database"
  count  = var.database.enabled ? 1 : 0

  project             = var.project
  environment         = var.environment
  tags                = local.tags
  subnet_ids          = module.network.database_subnet_ids
  security_group_id   = module.network.database_security_group_id
  instance_class      = var.database.instance_class
  key_arn             = aws_kms_key.database[0].arn
  log_key_arn         = module.evidence.log_key_arn
  log_retention_days  = var.log_retention_days
  deletion_protection = var.protected
}

# With ECS the containers have groups of the network, which the database lets in there. Those of pods are made by their cluster.
resource "aws_vpc_security_group_ingress_rule" "database_from_pods" {
  for_each = var.database.enabled && !local.on_ecs ? toset(["staging", "production"]) : []

  security_group_id            = module.network.database_security_group_id
  referenced_security_group_id = module.compute_eks[0].cluster_security_group_ids[each.key]
  description                  = "from pods of ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = local.tags
}

# The application's data has a key apart from that of the factory's own.
resource "aws_kms_key" "database" {
  count = var.database.enabled ? 1 : 0

  description             = "Database of ${local.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = local.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account"
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "${local.aws}:iam::${data.aws_caller_identity.current.account_id}:root" }
    }]
  })
}
