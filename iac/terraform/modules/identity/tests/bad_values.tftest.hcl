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
  evidence_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
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

run "any_repository" {
  command = plan

  variables {
    source_repository = "*"
  }

  expect_failures = [var.source_repository]
}

run "any_repository_of_an_owner" {
  command = plan

  variables {
    source_repository = "acme/*"
  }

  expect_failures = [var.source_repository]
}

run "repository_by_address" {
  command = plan

  variables {
    source_repository = "https://github.com/acme/shop"
  }

  expect_failures = [var.source_repository]
}

run "repository_with_a_question_mark" {
  command = plan

  variables {
    source_repository = "acme/sho?"
  }

  expect_failures = [var.source_repository]
}

run "any_environment" {
  command = plan

  variables {
    deploy_environment = "*"
  }

  expect_failures = [var.deploy_environment]
}

run "environment_that_smuggles_a_claim" {
  command = plan

  variables {
    deploy_environment = "dev:ref:refs/heads/main"
  }

  expect_failures = [var.deploy_environment]
}

run "no_environment" {
  command = plan

  variables {
    deploy_environment = ""
  }

  expect_failures = [var.deploy_environment]
}

run "another_provider" {
  command = plan

  variables {
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/accounts.example.com"
  }

  expect_failures = [var.oidc_provider_arn]
}

run "boundary_that_is_a_role" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}

run "every_image_repository" {
  command = plan

  variables {
    repository_arn = "arn:aws:ecr:eu-central-1:111122223333:repository/*"
  }

  expect_failures = [var.repository_arn]
}

run "every_bucket" {
  command = plan

  variables {
    evidence_bucket_arn = "arn:aws:s3:::*"
  }

  expect_failures = [var.evidence_bucket_arn]
}

run "every_key" {
  command = plan

  variables {
    evidence_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/*"
  }

  expect_failures = [var.evidence_key_arn]
}

run "any_signing_key" {
  command = plan

  variables {
    signing_key_alias = "alias/*"
  }

  expect_failures = [var.signing_key_alias]
}

run "every_service_of_a_cluster" {
  command = plan

  variables {
    service_arns = ["arn:aws:ecs:eu-central-1:111122223333:service/shop/*"]
  }

  expect_failures = [var.service_arns]
}

run "every_log_group" {
  command = plan

  variables {
    log_group_arns = ["*"]
  }

  expect_failures = [var.log_group_arns]
}

run "every_sidecar" {
  command = plan

  variables {
    sidecar_repository_arns = ["arn:aws:ecr:eu-central-1:111122223333:repository/*"]
  }

  expect_failures = [var.sidecar_repository_arns]
}

run "every_secret" {
  command = plan

  variables {
    secret_arns = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:*"]
  }

  expect_failures = [var.secret_arns]
}

run "every_secret_key" {
  command = plan

  variables {
    secret_key_arns = ["arn:aws:kms:eu-central-1:111122223333:key/*"]
  }

  expect_failures = [var.secret_key_arns]
}

run "every_application_bucket" {
  command = plan

  variables {
    application_bucket_arn = "arn:aws:s3:::*"
  }

  expect_failures = [var.application_bucket_arn]
}
