variable "project" {
  description = "Short name of the application. It begins the name of everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])+$", var.project)) && length(var.project) <= 20
    error_message = "2 to 20 lower-case letters, digits and single hyphens, beginning with a letter: names of buckets and roles grow from it."
  }
}

variable "environment" {
  description = "What everything judges and runs for: `dev` or `production`."
  type        = string

  validation {
    condition     = contains(["dev", "production"], var.environment)
    error_message = "Either `dev` or `production`."
  }
}

variable "subnet_ids" {
  description = "Subnets of two zones or more, best those without a way out."
  type        = list(string)

  validation {
    condition     = length(distinct(var.subnet_ids)) >= 2
    error_message = "Two subnets or more."
  }
}

variable "security_group_id" {
  description = "Group that lets in the application's containers only."
  type        = string

  validation {
    condition     = can(regex("^sg-", var.security_group_id))
    error_message = "The id of a security group."
  }
}

variable "key_arn" {
  description = "Key that encrypts storage, backups, insights and the administrator's password."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.key_arn))
    error_message = "The ARN of a key (not of an alias)."
  }
}

variable "log_key_arn" {
  description = "Key that encrypts the log groups."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.log_key_arn))
    error_message = "The ARN of a key (not of an alias)."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept. One of the numbers that CloudWatch Logs takes."
  type        = number
  default     = 365

  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "A number of days that CloudWatch Logs takes, such as 30, 90 or 365. Not 0: that keeps them for ever."
  }
}

variable "name" {
  description = "Name of the database in the instance."
  type        = string
  default     = "application"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.name))
    error_message = "1 to 63 lower-case letters, digits and underscores, beginning with a letter."
  }
}

variable "username" {
  description = "Name of the administrator. The password is made and rotated by RDS; nobody has to know it."
  type        = string
  default     = "application_owner"

  validation {
    condition     = can(regex("^[a-z][a-z0-9_]{0,62}$", var.username)) && !contains(["admin", "postgres", "rdsadmin", "root"], var.username)
    error_message = "1 to 63 lower-case letters, digits and underscores, beginning with a letter, and not a name that everybody tries: admin, postgres, rdsadmin, root."
  }
}

variable "engine_version" {
  description = "Version of PostgreSQL. Only the major one: minor ones come by themselves in the maintenance window."
  type        = string
  default     = "16"

  validation {
    condition     = can(regex("^(1[6-9]|2[0-9])$", var.engine_version))
    error_message = "A major version, 16 or later."
  }
}

variable "instance_class" {
  description = "Class of the instance."
  type        = string
  default     = "db.t4g.micro"

  validation {
    condition     = can(regex("^db\\.[a-z0-9-]+\\.[a-z0-9]+$", var.instance_class))
    error_message = "A class, such as db.t4g.micro."
  }
}

variable "storage_gib" {
  description = "Storage at the beginning."
  type        = number
  default     = 20

  validation {
    condition     = var.storage_gib >= 20 && floor(var.storage_gib) == var.storage_gib
    error_message = "A whole number of GiB, 20 or more."
  }
}

variable "max_storage_gib" {
  description = "Up to where storage grows by itself."
  type        = number
  default     = 100

  validation {
    condition     = var.max_storage_gib >= var.storage_gib && var.max_storage_gib <= 65536 && floor(var.max_storage_gib) == var.max_storage_gib
    error_message = "A whole number of GiB, not below `storage_gib`."
  }
}

variable "backup_days" {
  description = "How long backups are kept."
  type        = number
  default     = 7

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35 && floor(var.backup_days) == var.backup_days
    error_message = "A whole number of days, 7 to 35."
  }
}

variable "backup_window" {
  description = "When backups are made, by UTC: `hh:mm-hh:mm`, within one day."
  type        = string
  default     = "02:00-03:00"

  validation {
    condition     = can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$", var.backup_window)) && try(tonumber(substr(var.backup_window, 6, 2)) * 60 + tonumber(substr(var.backup_window, 9, 2)) - tonumber(substr(var.backup_window, 0, 2)) * 60 - tonumber(substr(var.backup_window, 3, 2)) >= 30, false)
    error_message = "`hh:mm-hh:mm`, within one day, 30 minutes or more."
  }

  # RDS refuses windows that touch, and says so only when all else has been made.
  validation {
    condition = try(
      tonumber(replace(substr(var.backup_window, 6, 5), ":", "")) < tonumber(replace(substr(var.maintenance_window, 4, 5), ":", "")) ||
      tonumber(replace(substr(var.maintenance_window, 14, 5), ":", "")) < tonumber(replace(substr(var.backup_window, 0, 5), ":", "")),
    true)
    error_message = "It may not touch the maintenance window, on no day of the week."
  }
}

variable "maintenance_window" {
  description = "When RDS may change the instance, by UTC: `ddd:hh:mm-ddd:hh:mm`, within one day."
  type        = string
  default     = "sun:04:00-sun:05:00"

  validation {
    condition     = can(regex("^(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]-(mon|tue|wed|thu|fri|sat|sun):([01][0-9]|2[0-3]):[0-5][0-9]$", var.maintenance_window)) && try(substr(var.maintenance_window, 0, 3) == substr(var.maintenance_window, 10, 3) && tonumber(substr(var.maintenance_window, 14, 2)) * 60 + tonumber(substr(var.maintenance_window, 17, 2)) - tonumber(substr(var.maintenance_window, 4, 2)) * 60 - tonumber(substr(var.maintenance_window, 7, 2)) >= 30, false)
    error_message = "`ddd:hh:mm-ddd:hh:mm`, within one day, 30 minutes or more, such as sun:04:00-sun:05:00."
  }
}

variable "deletion_protection" {
  description = "Whether it can't be deleted. Always in production."
  type        = bool
  default     = true

  validation {
    condition     = var.deletion_protection || var.environment != "production"
    error_message = "The database of production is protected."
  }
}

variable "permissions_boundary_arn" {
  description = "Policy that bounds all roles, if the account asks for one."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:policy/", var.permissions_boundary_arn))
    error_message = "The ARN of a policy of this account."
  }
}

variable "tags" {
  description = "Tags of everything, beside `project` and `environment`."
  type        = map(string)
  default     = {}
}
