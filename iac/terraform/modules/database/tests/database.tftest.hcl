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

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/shop-dev-database-monitoring" }
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

run "postgres" {
  assert {
    condition     = aws_db_instance.this.engine == "postgres" && aws_db_instance.this.engine_version == "16" && aws_db_parameter_group.this.family == "postgres16"
    error_message = "PostgreSQL 16, whose minor versions come by themselves."
  }

  assert {
    condition     = aws_db_instance.this.allocated_storage == 20 && aws_db_instance.this.max_allocated_storage == 100
    error_message = "20 GiB that grow to 100."
  }

  assert {
    condition     = aws_db_instance.this.manage_master_user_password && aws_db_instance.this.password == null && aws_db_instance.this.iam_database_authentication_enabled
    error_message = "The password is RDS's own, and roles can sign in without one."
  }

  assert {
    condition     = aws_db_instance.this.storage_encrypted && aws_db_instance.this.kms_key_id == var.key_arn && aws_db_instance.this.master_user_secret_kms_key_id == var.key_arn && aws_db_instance.this.performance_insights_enabled && aws_db_instance.this.performance_insights_kms_key_id == var.key_arn
    error_message = "Storage, password and insights are encrypted with the key that was given."
  }

  assert {
    condition     = !aws_db_instance.this.publicly_accessible && aws_db_instance.this.vpc_security_group_ids == toset(["sg-00000000000000001"])
    error_message = "It is reached from inside, by those whom the group lets in."
  }

  assert {
    condition     = anytrue([for parameter in aws_db_parameter_group.this.parameter : parameter.name == "rds.force_ssl" && parameter.value == "1"])
    error_message = "TLS only."
  }

  # As PostgreSQL takes them: no statement by its kind, by its duration or with its error, no details of errors, no values.
  assert {
    condition = { for parameter in aws_db_parameter_group.this.parameter : parameter.name => parameter.value if startswith(parameter.name, "log_") } == {
      log_connections                   = "1"
      log_disconnections                = "1"
      log_statement                     = "none"
      log_min_duration_statement        = "-1"
      log_min_error_statement           = "panic"
      log_error_verbosity               = "terse"
      log_parameter_max_length          = "0"
      log_parameter_max_length_on_error = "0"
    }
    error_message = "Who came and went; nothing of what was said."
  }

  assert {
    condition     = output.host == aws_db_instance.this.address && output.port == 5432 && output.resource_id == aws_db_instance.this.resource_id
    error_message = "Where it is, and by what policies name its users."
  }

  assert {
    condition     = aws_db_instance.this.enabled_cloudwatch_logs_exports == toset(["postgresql", "upgrade"]) && alltrue([for group in aws_cloudwatch_log_group.this : group.retention_in_days == 365 && group.kms_key_id == var.log_key_arn])
    error_message = "Its logs go to groups that end and are encrypted."
  }

  assert {
    condition     = aws_db_instance.this.backup_retention_period == 7 && aws_db_instance.this.backup_window == "02:00-03:00" && aws_db_instance.this.maintenance_window == "sun:04:00-sun:05:00"
    error_message = "A week of backups, made at another time than changes."
  }
}

run "dev" {
  assert {
    condition     = !aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot
    error_message = "One instance, protected all the same."
  }
}

run "production" {
  variables {
    environment = "production"
  }

  assert {
    condition     = aws_db_instance.this.multi_az && aws_db_instance.this.deletion_protection && !aws_db_instance.this.skip_final_snapshot && !aws_db_instance.this.delete_automated_backups
    error_message = "A second instance in another zone; nothing is lost with the first."
  }
}

run "windows_apart" {
  command = plan

  variables {
    backup_window      = "05:01-05:31"
    maintenance_window = "sat:04:30-sat:05:00"
  }

  assert {
    condition     = aws_db_instance.this.backup_window == "05:01-05:31"
    error_message = "A minute between them is enough."
  }
}
