data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

locals {
  name      = "${var.project}-${var.environment}"
  tags      = merge({ project = var.project, environment = var.environment }, var.tags)
  account   = data.aws_caller_identity.current.account_id
  partition = data.aws_partition.current.partition
  region    = data.aws_region.current.name

  oidc_provider_arn = var.oidc_provider_arn != null ? var.oidc_provider_arn : one(aws_iam_openid_connect_provider.github[*].arn)

  # One repository and one environment: of a branch or a pull request anybody may have a token who can push.
  deploy_subject = "repo:${var.source_repository}:environment:${var.deploy_environment}"
}

# GitHub's certificate is one that AWS knows, so no thumbprint is named that could go stale.
resource "aws_iam_openid_connect_provider" "github" {
  count = var.oidc_provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  tags           = local.tags
}
