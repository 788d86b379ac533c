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

  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000" }
  }
}

variables {
  project = "shop"
}

run "one_of_each" {
  command = plan

  variables {
    project               = "Shop" # project with capitals
    noncurrent_state_days = 7      # states kept for a week
  }

  expect_failures = [var.project, var.noncurrent_state_days]
}

run "another_of_each" {
  command = plan

  variables {
    project               = "s"  # project of one letter
    noncurrent_state_days = 30.5 # states kept for half a day
  }

  expect_failures = [var.project, var.noncurrent_state_days]
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

run "kept_for_aws" {
  command = plan

  variables {
    project = "aws-shop"
  }

  expect_failures = [var.project]
}

run "kept_for_buckets" {
  command = plan

  variables {
    project = "sthree"
  }

  expect_failures = [var.project]
}

run "kept_for_examples" {
  command = plan

  variables {
    project = "amzn-s3-demo-shop"
  }

  expect_failures = [var.project]
}
