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
  project           = "shop"
  environment       = "dev"
  key_arn           = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  log_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  subnet_ids        = ["subnet-00000000000000001", "subnet-00000000000000002"]
  security_group_id = "sg-00000000000000001"
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

run "log_key_by_alias" {
  command = plan

  variables {
    log_key_arn = "arn:aws:kms:eu-central-1:111122223333:alias/shop"
  }

  expect_failures = [var.log_key_arn]
}

run "logs_for_ever" {
  command = plan

  variables {
    log_retention_days = 0
  }

  expect_failures = [var.log_retention_days]
}

run "logs_for_a_number_that_cloudwatch_refuses" {
  command = plan

  variables {
    log_retention_days = 31
  }

  expect_failures = [var.log_retention_days]
}

run "one_subnet_twice" {
  command = plan

  variables {
    subnet_ids = ["subnet-1", "subnet-1"]
  }

  expect_failures = [var.subnet_ids]
}

run "group_by_name" {
  command = plan

  variables {
    security_group_id = "database"
  }

  expect_failures = [var.security_group_id]
}

run "name_with_hyphen" {
  command = plan

  variables {
    name = "my-shop"
  }

  expect_failures = [var.name]
}

run "the_administrator_that_everybody_tries" {
  command = plan

  variables {
    username = "postgres"
  }

  expect_failures = [var.username]
}

run "username_with_capitals" {
  command = plan

  variables {
    username = "Owner"
  }

  expect_failures = [var.username]
}

run "old_postgres" {
  command = plan

  variables {
    engine_version = "12"
  }

  expect_failures = [var.engine_version]
}

run "a_minor_version" {
  command = plan

  variables {
    engine_version = "16.4"
  }

  expect_failures = [var.engine_version]
}

run "class_of_a_machine" {
  command = plan

  variables {
    instance_class = "t4g.micro"
  }

  expect_failures = [var.instance_class]
}

run "too_little_storage" {
  command = plan

  variables {
    storage_gib = 10
  }

  expect_failures = [var.storage_gib]
}

run "storage_that_shrinks" {
  command = plan

  variables {
    max_storage_gib = 10
  }

  expect_failures = [var.max_storage_gib]
}

run "backups_for_a_day" {
  command = plan

  variables {
    backup_days = 1
  }

  expect_failures = [var.backup_days]
}

run "backups_for_ever" {
  command = plan

  variables {
    backup_days = 36
  }

  expect_failures = [var.backup_days]
}

run "backup_at_25" {
  command = plan

  variables {
    backup_window = "25:00-26:00"
  }

  expect_failures = [var.backup_window]
}

run "backup_too_short" {
  command = plan

  variables {
    backup_window = "02:00-02:15"
  }

  expect_failures = [var.backup_window]
}

run "backup_over_midnight" {
  command = plan

  variables {
    backup_window = "23:30-00:30"
  }

  expect_failures = [var.backup_window]
}

run "backup_that_touches_maintenance" {
  command = plan

  variables {
    backup_window = "03:00-04:00"
  }

  expect_failures = [var.backup_window]
}

run "backup_after_maintenance_that_touches" {
  command = plan

  variables {
    backup_window = "05:00-06:00"
  }

  expect_failures = [var.backup_window]
}

run "backup_inside_maintenance" {
  command = plan

  variables {
    backup_window = "04:15-04:45"
  }

  expect_failures = [var.backup_window]
}

run "maintenance_moved_onto_the_backup" {
  command = plan

  variables {
    maintenance_window = "mon:02:30-mon:03:30"
  }

  expect_failures = [var.backup_window]
}

run "maintenance_without_a_day" {
  command = plan

  variables {
    maintenance_window = "04:00-05:00"
  }

  expect_failures = [var.maintenance_window]
}

run "maintenance_over_two_days" {
  command = plan

  variables {
    maintenance_window = "sun:04:00-mon:05:00"
  }

  expect_failures = [var.maintenance_window]
}

run "maintenance_too_short" {
  command = plan

  variables {
    maintenance_window = "sun:04:00-sun:04:10"
  }

  expect_failures = [var.maintenance_window]
}

run "production_unprotected" {
  command = plan

  variables {
    environment         = "production"
    deletion_protection = false
  }

  expect_failures = [var.deletion_protection]
}

run "boundary_that_is_a_role" {
  command = plan

  variables {
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"
  }

  expect_failures = [var.permissions_boundary_arn]
}
