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
}

run "one_of_each" {
  command = plan

  variables {
    project                 = "Shop"                               # project with capitals
    environment             = "staging"                            # environment staging
    evidence_retention_days = 0                                    # evidence without lock
    tools_retention_days    = 0                                    # tools without lock
    trail_retention_days    = 0                                    # trail without lock
    artifact_expiry_days    = 3                                    # artifacts gone before the approval
    access_log_expiry_days  = 1                                    # access logs gone at once
    tools_writer_arns       = ["arn:aws:iam::111122223333:role/*"] # any role writes tools
  }

  expect_failures = [var.project, var.environment, var.evidence_retention_days, var.tools_retention_days, var.trail_retention_days, var.artifact_expiry_days, var.access_log_expiry_days, var.tools_writer_arns]
}

run "another_of_each" {
  command = plan

  variables {
    project                 = "s"                                                    # project of one letter
    environment             = "prod"                                                 # environment prod
    evidence_retention_days = 1.5                                                    # evidence for half a day
    tools_writer_arns       = ["arn:aws:sts::111122223333:assumed-role/deployer/me"] # a session writes tools
  }

  expect_failures = [var.project, var.environment, var.evidence_retention_days, var.tools_writer_arns]
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

run "retention_unknown" {
  command = plan

  variables {
    retention_mode = "LEGAL"
  }

  expect_failures = [var.retention_mode]
}

run "production_that_can_be_unlocked" {
  command = plan

  variables {
    environment    = "production"
    retention_mode = "GOVERNANCE"
  }

  expect_failures = [var.retention_mode]
}

run "production_destroyed" {
  command = plan

  variables {
    environment   = "production"
    force_destroy = true
  }

  expect_failures = [var.force_destroy]
}
