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

run "one_of_each" {
  command = plan

  variables {
    project                  = "Shop"                                             # project with capitals
    environment              = "staging"                                          # environment staging
    key_arn                  = "alias/shop"                                       # key by alias
    log_key_arn              = "arn:aws:kms:eu-central-1:111122223333:alias/shop" # log key by alias
    log_retention_days       = 0                                                  # logs for ever
    subnet_ids               = ["subnet-1", "subnet-1"]                           # one subnet twice
    security_group_id        = "database"                                         # group by name
    name                     = "my-shop"                                          # name with hyphen
    username                 = "postgres"                                         # the administrator that everybody tries
    engine_version           = "12"                                               # old postgres
    instance_class           = "t4g.micro"                                        # class of a machine
    storage_gib              = 10                                                 # too little storage
    backup_days              = 1                                                  # backups for a day
    permissions_boundary_arn = "arn:aws:iam::111122223333:role/boundary"          # boundary that is a role
  }

  expect_failures = [var.project, var.environment, var.key_arn, var.log_key_arn, var.log_retention_days, var.subnet_ids, var.security_group_id, var.name, var.username, var.engine_version, var.instance_class, var.storage_gib, var.backup_days, var.permissions_boundary_arn]
}

run "another_of_each" {
  command = plan

  variables {
    project            = "s"     # project of one letter
    environment        = "prod"  # environment prod
    log_retention_days = 31      # logs for a number that cloudwatch refuses
    username           = "Owner" # username with capitals
    engine_version     = "16.4"  # a minor version
    backup_days        = 36      # backups for ever
  }

  expect_failures = [var.project, var.environment, var.log_retention_days, var.username, var.engine_version, var.backup_days]
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

run "storage_that_shrinks" {
  command = plan

  variables {
    max_storage_gib = 10
  }

  expect_failures = [var.max_storage_gib]
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
