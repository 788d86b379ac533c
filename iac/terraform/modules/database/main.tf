data "aws_partition" "current" {}

data "aws_caller_identity" "current" {}

data "aws_region" "current" {}

locals {
  name       = "${var.project}-${var.environment}"
  tags       = merge({ project = var.project, environment = var.environment }, var.tags)
  production = var.environment == "production"
  logs       = toset(["postgresql", "upgrade"])
}

resource "aws_db_subnet_group" "this" {
  name        = local.name
  description = "Where the database of ${local.name} stands"
  subnet_ids  = var.subnet_ids
  tags        = local.tags
}

resource "aws_db_parameter_group" "this" {
  name_prefix = "${local.name}-"
  description = "TLS only, and no statement in the log"
  family      = "postgres${var.engine_version}"
  tags        = local.tags

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  # Statements carry data and, where a role is altered, passwords. So none is logged: not by its kind, not for being slow, not with
  # its error, and no value that it was given. Which are slow is in the insights, which have a key and readers of their own. What the
  # message of an error itself quotes is still there.
  dynamic "parameter" {
    for_each = {
      log_statement                     = "none"
      log_min_duration_statement        = "-1"
      log_min_error_statement           = "panic"
      log_error_verbosity               = "terse"
      log_parameter_max_length          = "0"
      log_parameter_max_length_on_error = "0"
    }

    content {
      name  = parameter.key
      value = parameter.value
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Made before RDS would make them, without a key and for ever.
resource "aws_cloudwatch_log_group" "this" {
  for_each = local.logs

  name              = "/aws/rds/instance/${local.name}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
  tags              = local.tags
}

resource "aws_db_instance" "this" {
  #checkov:skip=CKV_AWS_293:off only where the variable says so, which production refuses
  identifier = local.name
  tags       = local.tags

  engine                      = "postgres"
  engine_version              = var.engine_version
  auto_minor_version_upgrade  = true
  allow_major_version_upgrade = false
  apply_immediately           = false
  instance_class              = var.instance_class
  parameter_group_name        = aws_db_parameter_group.this.name
  ca_cert_identifier          = "rds-ca-rsa2048-g1"

  storage_type          = "gp3"
  allocated_storage     = var.storage_gib
  max_allocated_storage = var.max_storage_gib
  storage_encrypted     = true
  kms_key_id            = var.key_arn

  db_name  = var.name
  username = var.username
  # RDS makes the password and changes it: it is in no variable, no state and no output.
  manage_master_user_password         = true
  master_user_secret_kms_key_id       = var.key_arn
  iam_database_authentication_enabled = true

  db_subnet_group_name   = aws_db_subnet_group.this.name
  vpc_security_group_ids = [var.security_group_id]
  publicly_accessible    = false
  port                   = 5432

  #checkov:skip=CKV_AWS_157:in production only; a second one for trying things out costs the double
  multi_az                  = local.production
  deletion_protection       = var.deletion_protection
  skip_final_snapshot       = !var.deletion_protection
  final_snapshot_identifier = var.deletion_protection ? "${local.name}-final" : null
  delete_automated_backups  = !var.deletion_protection
  backup_retention_period   = var.backup_days
  backup_window             = var.backup_window
  maintenance_window        = var.maintenance_window
  copy_tags_to_snapshot     = true

  performance_insights_enabled    = true
  performance_insights_kms_key_id = var.key_arn
  monitoring_interval             = 60
  monitoring_role_arn             = aws_iam_role.monitoring.arn
  enabled_cloudwatch_logs_exports = local.logs

  depends_on = [aws_cloudwatch_log_group.this, aws_iam_role_policy_attachment.monitoring]
}

resource "aws_iam_role" "monitoring" {
  name                 = "${local.name}-database-monitoring"
  description          = "RDS, to measure the machine of the database"
  permissions_boundary = var.permissions_boundary_arn
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "monitoring.rds.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        StringEquals = { "aws:SourceAccount" = data.aws_caller_identity.current.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:${data.aws_partition.current.partition}:rds:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:db:${local.name}" }
      }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
