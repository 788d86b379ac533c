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
  repository_arn      = "arn:aws:ecr:eu-central-1:111122223333:repository/shop-dev-application"
  evidence_bucket_arn = "arn:aws:s3:::shop-dev-evidence-111122223333"
  tools_bucket_arn    = "arn:aws:s3:::shop-dev-tools-111122223333"
  evidence_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "one_of_each" {
  command = plan

  variables {
    project                 = "Shop"                                                               # project with capitals
    environment             = "staging"                                                            # environment staging
    github                  = { repository = "*" }                                                 # any repository
    repository_arn          = "arn:aws:ecr:eu-central-1:111122223333:repository/*"                 # every image repository
    evidence_bucket_arn     = "arn:aws:s3:::*"                                                     # every bucket
    tools_bucket_arn        = "arn:aws:s3:::*"                                                     # every bucket
    evidence_key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/*"                        # every key
    service_arns            = { staging = "arn:aws:ecs:eu-central-1:111122223333:service/shop/*" } # every service of a cluster
    log_group_arns          = ["*"]                                                                # every log group
    sidecar_repository_arns = ["arn:aws:ecr:eu-central-1:111122223333:repository/*"]               # every sidecar
    secret_arns             = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:*"]        # every secret
    secret_key_arns         = ["arn:aws:kms:eu-central-1:111122223333:key/*"]                      # every secret key
    application_bucket_arn  = "arn:aws:s3:::*"                                                     # every application bucket
  }

  expect_failures = [var.project, var.environment, var.github, var.repository_arn, var.evidence_bucket_arn, var.tools_bucket_arn, var.evidence_key_arn, var.service_arns, var.log_group_arns, var.sidecar_repository_arns, var.secret_arns, var.secret_key_arns, var.application_bucket_arn]
}

run "another_of_each" {
  command = plan

  variables {
    project      = "s"                                                                               # project of one letter
    environment  = "prod"                                                                            # environment prod
    github       = { repository = "acme/*" }                                                         # any repository of an owner
    service_arns = { canary = "arn:aws:ecs:eu-central-1:111122223333:service/shop-dev/application" } # a stage that there is not
  }

  expect_failures = [var.project, var.environment, var.github, var.service_arns]
}

run "a_third_of_each" {
  command = plan

  variables {
    project = "abcdefghijklmnopqrstu"                         # project too long
    github  = { repository = "https://github.com/acme/shop" } # repository by address
  }

  expect_failures = [var.project, var.github]
}

run "a_fourth" {
  command = plan

  variables {
    project = "sh--op"                     # project with two hyphens
    github  = { repository = "acme/sho?" } # repository with a question mark
  }

  expect_failures = [var.project, var.github]
}

run "a_fifth" {
  command = plan

  variables {
    project            = "shop-"                                                           # project ends with hyphen
    database_user_arns = ["arn:aws:rds-db:eu-central-1:111122223333:dbuser:*/application"] # user of every instance
    github             = { repository = "acme/shop:environment:production" }               # repository that smuggles a claim
  }

  expect_failures = [var.project, var.database_user_arns, var.github]
}

run "half_a_number" {
  command = plan

  variables {
    github = { repository = "acme@123/shop" }
  }

  expect_failures = [var.github]
}

run "another_provider" {
  command = plan

  variables {
    github = { repository = "acme/shop", oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/accounts.example.com" }
  }

  expect_failures = [var.github]
}

run "workflows_of_a_branch" {
  command = plan

  variables {
    github = { repository = "acme/shop", workflows = "acme/factory@main" }
  }

  expect_failures = [var.github]
}
