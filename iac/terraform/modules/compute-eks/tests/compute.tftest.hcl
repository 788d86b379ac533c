mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
}

variables {
  project                 = "shop"
  environment             = "dev"
  private_subnet_ids      = ["subnet-3", "subnet-4"]
  build_security_group_id = "sg-1"
  deploy_role_arns        = { staging = "arn:aws:iam::123456789012:role/deploy-staging", production = "arn:aws:iam::123456789012:role/deploy-production" }
  log_key_arn             = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  administrator_role_arns = ["arn:aws:iam::123456789012:role/platform"]
}

run "clusters" {
  command = plan

  assert {
    condition = alltrue([
      for stage in ["staging", "production"] :
      aws_eks_cluster.stage[stage].vpc_config[0].endpoint_private_access &&
      !aws_eks_cluster.stage[stage].vpc_config[0].endpoint_public_access &&
      one(aws_eks_cluster.stage[stage].encryption_config).resources == toset(["secrets"]) &&
      length(aws_eks_cluster.stage[stage].enabled_cluster_log_types) == 5 &&
      !aws_eks_cluster.stage[stage].access_config[0].bootstrap_cluster_creator_admin_permissions
    ])
    error_message = "private, encrypted, logged, and nobody's by having made it"
  }

  assert {
    condition     = alltrue([for stage in ["staging", "production"] : length(aws_eks_node_group.stage[stage].remote_access) == 0])
    error_message = "nobody logs in"
  }

  assert {
    condition     = output.production_cluster_name == "shop-dev-production" && output.falco_log_group_name == "/shop/dev/falco"
    error_message = "names"
  }

  assert {
    condition     = tomap({ for stage, entry in aws_eks_access_entry.deploy : stage => entry.principal_arn }) == var.deploy_role_arns
    error_message = "who deploys to staging does not deploy to production"
  }
}

run "nobody_deploys" {
  command = plan

  variables {
    deploy_role_arns = {}
  }

  assert {
    condition     = length(aws_eks_access_entry.deploy) == 0 && length(aws_eks_access_policy_association.deploy) == 0
    error_message = "who is not named is not let in"
  }
}

run "open_to_some" {
  command = plan

  variables {
    public_access_cidrs = ["192.0.2.0/24"]
  }

  assert {
    condition = (
      aws_eks_cluster.stage["production"].vpc_config[0].endpoint_public_access &&
      aws_eks_cluster.stage["production"].vpc_config[0].public_access_cidrs == toset(["192.0.2.0/24"])
    )
    error_message = "only who is named"
  }
}

run "bad_values" {
  command = plan

  variables {
    project                 = "shop-"
    environment             = "prod"
    private_subnet_ids      = ["subnet-3"]
    kubernetes_version      = "1.20"
    public_access_cidrs     = ["0.0.0.0/0"]
    administrator_role_arns = ["arn:aws:iam::123456789012:user/somebody"]
    deploy_role_arns        = { production = "*" }
    namespace               = "kube-system"
    log_service_account     = "falco:*"
    staging_nodes           = { instance_type = "t3.medium", min = 0, desired = 3, max = 2 }
    production_nodes        = { instance_type = "t3.medium", min = 0, desired = 0, max = 0 }
    log_key_arn             = "alias/logs"
    log_retention_days      = 0
  }

  expect_failures = [
    var.project,
    var.environment,
    var.private_subnet_ids,
    var.kubernetes_version,
    var.public_access_cidrs,
    var.administrator_role_arns,
    var.deploy_role_arns,
    var.namespace,
    var.log_service_account,
    var.staging_nodes,
    var.production_nodes,
    var.log_key_arn,
    var.log_retention_days,
  ]
}
