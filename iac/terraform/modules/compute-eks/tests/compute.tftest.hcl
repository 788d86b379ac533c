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
}

run "nobody_deploys_unless_named" {
  command = plan

  assert {
    condition     = length(aws_eks_access_entry.deploy) == 0 && length(aws_eks_access_entry.administrator) == 2
    error_message = "administrators only"
  }
}

run "who_deploys_has_one_namespace_of_a_cluster" {
  command = plan

  variables {
    deploy_role_arns = {
      staging    = ["arn:aws:iam::123456789012:role/shop-dev-deploy-staging", "arn:aws:iam::123456789012:role/shop-dev-deploy-staging-github"]
      production = ["arn:aws:iam::123456789012:role/shop-dev-deploy-production"]
    }
  }

  assert {
    condition = toset([for entry in aws_eks_access_entry.deploy : "${entry.cluster_name} ${entry.principal_arn}"]) == toset([
      "shop-dev-staging arn:aws:iam::123456789012:role/shop-dev-deploy-staging",
      "shop-dev-staging arn:aws:iam::123456789012:role/shop-dev-deploy-staging-github",
      "shop-dev-production arn:aws:iam::123456789012:role/shop-dev-deploy-production",
    ])
    error_message = "who deploys to staging does not deploy to production"
  }

  assert {
    condition = alltrue([
      for key, association in aws_eks_access_policy_association.deploy :
      endswith(association.policy_arn, "/AmazonEKSEditPolicy") && association.access_scope[0].type == "namespace" && association.access_scope[0].namespaces == toset(["application"])
      && association.principal_arn == aws_eks_access_entry.deploy[key].principal_arn && association.cluster_name == aws_eks_access_entry.deploy[key].cluster_name
    ]) && length(aws_eks_access_policy_association.deploy) == 3
    error_message = "workloads in one namespace"
  }
}

run "who_administers_does_not_deploy" {
  command = plan

  variables {
    deploy_role_arns = { staging = ["arn:aws:iam::123456789012:role/platform"] }
  }

  expect_failures = [var.deploy_role_arns]
}

run "who_deploys_is_a_role" {
  command = plan

  variables {
    deploy_role_arns = { production = ["*"] }
  }

  expect_failures = [var.deploy_role_arns]
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
    var.namespace,
    var.log_service_account,
    var.staging_nodes,
    var.production_nodes,
    var.log_key_arn,
    var.log_retention_days,
  ]
}
