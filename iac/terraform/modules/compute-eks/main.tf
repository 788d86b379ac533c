data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  prefix  = "${var.project}-${var.environment}"
  account = data.aws_caller_identity.current.account_id
  aws     = "arn:${data.aws_partition.current.partition}"

  stages = {
    staging    = { nodes = var.staging_nodes }
    production = { nodes = var.production_nodes }
  }

  # Each administrator in each cluster, and each who deploys.
  administrators = merge([
    for stage in keys(local.stages) : {
      for arn in var.administrator_role_arns : "${stage} ${arn}" => { stage = stage, arn = arn }
    }
  ]...)
  deployers = merge([
    for stage, arns in var.deploy_role_arns : {
      # By number: the name of a role that is made in the same apply may not be known before.
      for number, arn in arns : "${stage} ${number}" => { stage = stage, arn = arn }
    }
  ]...)

  network_addons = merge([
    for stage in keys(local.stages) : {
      for addon in ["kube-proxy", "vpc-cni"] : "${stage}-${addon}" => { stage = stage, addon = addon }
    }
  ]...)
}
