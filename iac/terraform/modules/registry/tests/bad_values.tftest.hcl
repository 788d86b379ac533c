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
  project     = "shop"
  environment = "dev"
  key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "one_of_each" {
  command = plan

  variables {
    project     = "Shop"       # project with capitals
    environment = "staging"    # environment staging
    key_arn     = "alias/shop" # key by alias
    keep_images = 9            # too few images
  }

  expect_failures = [var.project, var.environment, var.key_arn, var.keep_images]
}

run "another_of_each" {
  command = plan

  variables {
    project     = "s"    # project of one letter
    environment = "prod" # environment prod
    keep_images = 10.5   # half an image
  }

  expect_failures = [var.project, var.environment, var.keep_images]
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

run "production_destroyed" {
  command = plan

  variables {
    environment   = "production"
    force_destroy = true
  }

  expect_failures = [var.force_destroy]
}
