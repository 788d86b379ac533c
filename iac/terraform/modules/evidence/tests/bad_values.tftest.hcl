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

run "evidence_without_lock" {
  command = plan

  variables {
    evidence_retention_days = 0
  }

  expect_failures = [var.evidence_retention_days]
}

run "evidence_for_half_a_day" {
  command = plan

  variables {
    evidence_retention_days = 1.5
  }

  expect_failures = [var.evidence_retention_days]
}

run "tools_without_lock" {
  command = plan

  variables {
    tools_retention_days = 0
  }

  expect_failures = [var.tools_retention_days]
}

run "trail_without_lock" {
  command = plan

  variables {
    trail_retention_days = 0
  }

  expect_failures = [var.trail_retention_days]
}

run "artifacts_gone_before_the_approval" {
  command = plan

  variables {
    artifact_expiry_days = 3
  }

  expect_failures = [var.artifact_expiry_days]
}

run "access_logs_gone_at_once" {
  command = plan

  variables {
    access_log_expiry_days = 1
  }

  expect_failures = [var.access_log_expiry_days]
}

run "any_role_writes_tools" {
  command = plan

  variables {
    tools_writer_arns = ["arn:aws:iam::111122223333:role/*"]
  }

  expect_failures = [var.tools_writer_arns]
}

run "a_session_writes_tools" {
  command = plan

  variables {
    tools_writer_arns = ["arn:aws:sts::111122223333:assumed-role/deployer/me"]
  }

  expect_failures = [var.tools_writer_arns]
}

run "production_destroyed" {
  command = plan

  variables {
    environment   = "production"
    force_destroy = true
  }

  expect_failures = [var.force_destroy]
}
