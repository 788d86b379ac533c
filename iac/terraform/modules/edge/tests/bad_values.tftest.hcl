# A bad value stops the plan, and says what a good one is.
# The rules of WAF make each run slow, so there are few.

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
  project           = "shop"
  environment       = "dev"
  log_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  name              = "production"
  load_balancer_arn = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/shop/0123456789abcdef"
}

run "one_of_each" {
  command = plan

  variables {
    project            = "Shop"
    environment        = "staging"
    name               = "the door"
    load_balancer_arn  = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/net/shop/0123456789abcdef"
    rate_limit         = 9
    log_key_arn        = "arn:aws:kms:eu-central-1:111122223333:alias/shop"
    log_retention_days = 0
  }

  expect_failures = [var.project, var.environment, var.name, var.load_balancer_arn, var.rate_limit, var.log_key_arn, var.log_retention_days]
}

run "another_of_each" {
  command = plan

  variables {
    project            = "abcdefghijklmnopqrstu"
    name               = "p"
    rate_limit         = 100.5
    log_retention_days = 31
  }

  expect_failures = [var.project, var.name, var.rate_limit, var.log_retention_days]
}
