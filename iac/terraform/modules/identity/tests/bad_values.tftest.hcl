# A bad value stops the plan, and says what a good one is.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:user/deployer" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/a-role" }
  }
}

variables {
  project             = "shop"
  environment         = "dev"
  source_repository   = "acme/shop"
  deploy_environment  = "dev"
  repository_arn      = "arn:aws:ecr:eu-central-1:111122223333:repository/shop-dev-application"
  evidence_bucket_arn = "arn:aws:s3:::shop-dev-evidence-111122223333"
  tools_bucket_arn    = "arn:aws:s3:::shop-dev-tools-111122223333"
  evidence_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "one_of_each" {
  command = plan

  variables {
    project                  = "Shop"                                                         # project with capitals
    environment              = "staging"                                                      # environment staging
    source_repository        = "*"                                                            # any repository
    deploy_environment       = "*"                                                            # any environment
    oidc_provider_arn        = "arn:aws:iam::111122223333:oidc-provider/accounts.example.com" # another provider
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"                      # boundary that is a role
    repository_arn           = "arn:aws:ecr:eu-central-1:111122223333:repository/*"           # every image repository
    evidence_bucket_arn      = "arn:aws:s3:::*"                                               # every bucket
    tools_bucket_arn         = "arn:aws:s3:::*"                                               # every bucket
    evidence_key_arn         = "arn:aws:kms:eu-central-1:111122223333:key/*"                  # every key
    signing_key_alias        = "alias/*"                                                      # any signing key
    service_arns             = ["arn:aws:ecs:eu-central-1:111122223333:service/shop/*"]       # every service of a cluster
    log_group_arns           = ["*"]                                                          # every log group
    sidecar_repository_arns  = ["arn:aws:ecr:eu-central-1:111122223333:repository/*"]         # every sidecar
    secret_arns              = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:*"]  # every secret
    secret_key_arns          = ["arn:aws:kms:eu-central-1:111122223333:key/*"]                # every secret key
    application_bucket_arn   = "arn:aws:s3:::*"                                               # every application bucket
  }

  expect_failures = [var.project, var.environment, var.source_repository, var.deploy_environment, var.oidc_provider_arn, var.permissions_boundary_arn, var.repository_arn, var.evidence_bucket_arn, var.tools_bucket_arn, var.evidence_key_arn, var.signing_key_alias, var.service_arns, var.log_group_arns, var.sidecar_repository_arns, var.secret_arns, var.secret_key_arns, var.application_bucket_arn]
}

run "another_of_each" {
  command = plan

  variables {
    project            = "s"                       # project of one letter
    environment        = "prod"                    # environment prod
    source_repository  = "acme/*"                  # any repository of an owner
    deploy_environment = "dev:ref:refs/heads/main" # environment that smuggles a claim
  }

  expect_failures = [var.project, var.environment, var.source_repository, var.deploy_environment]
}

run "a_third_of_each" {
  command = plan

  variables {
    project            = "abcdefghijklmnopqrstu"        # project too long
    source_repository  = "https://github.com/acme/shop" # repository by address
    deploy_environment = ""                             # no environment
  }

  expect_failures = [var.project, var.source_repository, var.deploy_environment]
}

run "a_fourth" {
  command = plan

  variables {
    project           = "sh--op"    # project with two hyphens
    source_repository = "acme/sho?" # repository with a question mark
  }

  expect_failures = [var.project, var.source_repository]
}

run "a_fifth" {
  command = plan

  variables {
    project            = "shop-"                                                           # project ends with hyphen
    database_user_arns = ["arn:aws:rds-db:eu-central-1:111122223333:dbuser:*/application"] # user of every instance
  }

  expect_failures = [var.project, var.database_user_arns]
}
