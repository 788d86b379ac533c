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
}

variables {
  project            = "shop"
  environment        = "dev"
  config_bucket_name = "shop-dev-config-111122223333"
  config_key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "one_of_each" {
  command = plan

  variables {
    project                  = "Shop"                                    # project with capitals
    environment              = "staging"                                 # environment staging
    finding_frequency        = "DAILY"                                   # findings daily
    guardduty_features       = ["MAGIC"]                                 # feature unknown
    runtime_agents           = ["S3_DATA_EVENTS"]                        # agent that is a feature
    standards                = ["pci"]                                   # standard unknown
    config_bucket_name       = null                                      # config without bucket
    config_key_arn           = null                                      # config without key
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary" # boundary that is a role
  }

  expect_failures = [var.project, var.environment, var.finding_frequency, var.guardduty_features, var.runtime_agents, var.standards, var.config_bucket_name, var.config_key_arn, var.permissions_boundary_arn]
}

run "another_of_each" {
  command = plan

  variables {
    project        = "s"          # project of one letter
    environment    = "prod"       # environment prod
    config_key_arn = "alias/shop" # config key by alias
  }

  expect_failures = [var.project, var.environment, var.config_key_arn]
}

run "a_third_of_each" {
  command = plan

  variables {
    project = "abcdefghijklmnopqrstu" # project too long
  }

  expect_failures = [var.project]
}

run "a_fourth" {
  command = plan

  variables {
    project = "sh--op" # project with two hyphens
  }

  expect_failures = [var.project]
}

run "a_fifth" {
  command = plan

  variables {
    project = "shop-" # project ends with hyphen
  }

  expect_failures = [var.project]
}
