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

run "key_by_alias" {
  command = plan

  variables {
    key_arn = "alias/shop"
  }

  expect_failures = [var.key_arn]
}

run "too_few_images" {
  command = plan

  variables {
    keep_images = 9
  }

  expect_failures = [var.keep_images]
}

run "half_an_image" {
  command = plan

  variables {
    keep_images = 10.5
  }

  expect_failures = [var.keep_images]
}

run "production_destroyed" {
  command = plan

  variables {
    environment   = "production"
    force_destroy = true
  }

  expect_failures = [var.force_destroy]
}
