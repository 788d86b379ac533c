data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  prefix = "${var.project}-${var.environment}"

  # Load balancers and target groups have 32 characters for a name.
  short = "${var.project}-${var.environment == "production" ? "prod" : var.environment}"

  # What the pipeline builds images for, and so what hosts and tasks have to be.
  architecture = "x86_64"

  on_hosts = var.launch_type == "EC2"
  account  = data.aws_caller_identity.current.account_id
  region   = data.aws_region.current.name
  aws      = "arn:${data.aws_partition.current.partition}"

  stages = {
    staging = {
      short             = "stg"
      domain_name       = "staging.${var.domain_name}"
      internal          = true
      subnet_ids        = var.private_subnet_ids
      alb_security      = var.staging_alb_security_group_id
      service_security  = var.staging_service_security_group_id
      capacity          = var.staging_capacity
      capacity_base     = 0
      falco             = false
      desired_count     = 0
      health_grace_time = 120
    }
    production = {
      short             = "prd"
      domain_name       = var.domain_name
      internal          = false
      subnet_ids        = var.public_subnet_ids
      alb_security      = var.production_alb_security_group_id
      service_security  = var.production_service_security_group_id
      capacity          = var.production_capacity
      capacity_base     = 1
      falco             = var.falco_enabled
      desired_count     = var.production_tasks.min
      health_grace_time = 120
    }
  }

  stages_on_hosts = { for name, stage in local.stages : name => stage if local.on_hosts }

  # Two target groups for each stage: one has the traffic, the other takes the next revision.
  colours = merge([
    for name, stage in local.stages : {
      for colour in ["blue", "green"] : "${name}-${colour}" => { stage = name, short = stage.short, colour = colour }
    }
  ]...)
}
