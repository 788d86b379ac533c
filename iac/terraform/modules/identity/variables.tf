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

variable "source_repository" {
  description = "The one repository on GitHub whose workflows may take the deploy role: `owner/name`."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}$", var.source_repository))
    error_message = "`owner/name` of one repository, without wildcards."
  }
}

variable "deploy_environment" {
  description = "The one environment on GitHub whose jobs may take the deploy role. Its protection rules (reviewers, branches) are part of who may deploy."
  type        = string

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,255}$", var.deploy_environment))
    error_message = "Name of one environment: letters, digits, hyphens and underscores, without wildcards."
  }
}

variable "oidc_provider_arn" {
  description = "GitHub's OIDC provider, where the account has one; null makes it. An account can have only one."
  type        = string
  default     = null

  validation {
    condition     = var.oidc_provider_arn == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token\\.actions\\.githubusercontent\\.com$", var.oidc_provider_arn))
    error_message = "The ARN of the provider token.actions.githubusercontent.com."
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

variable "repository_arn" {
  description = "Repository of the application's images."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/[^*]+$", var.repository_arn))
    error_message = "The ARN of one repository."
  }
}

variable "evidence_bucket_arn" {
  description = "Bucket of evidence."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::[^*/]+$", var.evidence_bucket_arn))
    error_message = "The ARN of one bucket."
  }
}

variable "tools_bucket_arn" {
  description = "Bucket of the programs and profiles that workflows run."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:s3:::[^*/]+$", var.tools_bucket_arn))
    error_message = "The ARN of one bucket."
  }
}

variable "evidence_key_arn" {
  description = "Key of evidence."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", var.evidence_key_arn))
    error_message = "The ARN of a key (not of an alias)."
  }
}

variable "signing_key_alias" {
  description = "Alias of the key that signs verdicts (`alias/…`), if workflows on GitHub sign. Null lets none sign: who can sign can pass anything."
  type        = string
  default     = null

  validation {
    condition     = var.signing_key_alias == null || can(regex("^alias/[A-Za-z0-9/_-]+$", var.signing_key_alias))
    error_message = "`alias/` and a name, without wildcards."
  }
}

variable "service_arns" {
  description = "ECS services that the deploy role may update."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.service_arns : can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:service/[^*/]+/[^*/]+$", arn))])
    error_message = "ARNs of services with their cluster, without wildcards."
  }
}

variable "log_group_arns" {
  description = "Log groups that containers write to, without the `:*` at the end. A wildcard may end the name."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.log_group_arns : can(regex("^arn:aws[a-z-]*:logs:[a-z0-9-]+:[0-9]{12}:log-group:[^:*]+\\*?$", arn))])
    error_message = "ARNs of log groups."
  }
}

variable "sidecar_repository_arns" {
  description = "Further repositories that containers' images come from, such as that of Falco."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.sidecar_repository_arns : can(regex("^arn:aws[a-z-]*:ecr:[a-z0-9-]+:[0-9]{12}:repository/[^*]+$", arn))])
    error_message = "ARNs of repositories."
  }
}

variable "secret_arns" {
  description = "Secrets of Secrets Manager that containers are started with."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secret_arns : can(regex("^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[^*]+$", arn))])
    error_message = "ARNs of secrets."
  }
}

variable "secret_key_arns" {
  description = "Keys of those secrets, where they are not AWS's own."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.secret_key_arns : can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", arn))])
    error_message = "ARNs of keys."
  }
}

variable "application_bucket_arn" {
  description = "Bucket in which the application may keep objects below `<project>/`, if it needs one."
  type        = string
  default     = null

  validation {
    condition     = var.application_bucket_arn == null || can(regex("^arn:aws[a-z-]*:s3:::[^*/]+$", var.application_bucket_arn))
    error_message = "The ARN of one bucket."
  }
}

variable "database_user_arns" {
  description = "Users of a database as whom the application signs in by token."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.database_user_arns : can(regex("^arn:aws[a-z-]*:rds-db:[a-z0-9-]+:[0-9]{12}:dbuser:[^*:/]+/[a-z][a-z0-9_]*$", arn))])
    error_message = "ARNs of users of one instance, without wildcards."
  }
}

variable "tags" {
  description = "Tags of everything, beside `project` and `environment`."
  type        = map(string)
  default     = {}
}
