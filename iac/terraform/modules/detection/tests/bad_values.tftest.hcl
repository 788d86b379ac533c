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
  config_bucket_name = "shop-dev-trail-111122223333"
  config_key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "project_with_capitals" {
  command = plan

  variables {
    project = "Shop"
  }

  expect_failures = [var.project]
}

run "project_of_one_letter" {
  command = plan

  variables {
    project = "s"
  }

  expect_failures = [var.project]
}

run "project_too_long" {
  command = plan

  variables {
    project = "abcdefghijklmnopqrstu"
  }

  expect_failures = [var.project]
}

run "project_with_two_hyphens" {
  command = plan

  variables {
    project = "sh--op"
  }

  expect_failures = [var.project]
}

run "project_ends_with_hyphen" {
  command = plan

  variables {
    project = "shop-"
  }

  expect_failures = [var.project]
}

run "environment_staging" {
  command = plan

  variables {
    environment = "staging"
  }

  expect_failures = [var.environment]
}

run "environment_prod" {
  command = plan

  variables {
    environment = "prod"
  }

  expect_failures = [var.environment]
}

run "findings_daily" {
  command = plan

  variables {
    finding_frequency = "DAILY"
  }

  expect_failures = [var.finding_frequency]
}

run "feature_unknown" {
  command = plan

  variables {
    guardduty_features = ["MAGIC"]
  }

  expect_failures = [var.guardduty_features]
}

run "standard_unknown" {
  command = plan

  variables {
    standards = ["pci"]
  }

  expect_failures = [var.standards]
}

run "config_without_bucket" {
  command = plan

  variables {
    config_bucket_name = null
  }

  expect_failures = [var.config_bucket_name]
}

run "config_without_key" {
  command = plan

  variables {
    config_key_arn = null
  }

  expect_failures = [var.config_key_arn]
}

run "config_key_by_alias" {
  command = plan

  variables {
    config_key_arn = "alias/shop"
  }

  expect_failures = [var.config_key_arn]
}

run "boundary_that_is_a_role" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}
