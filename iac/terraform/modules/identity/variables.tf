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

variable "github" {
  description = "Whose workflows on GitHub take roles here. Null makes nothing for GitHub."
  type = object({
    repository        = string
    oidc_provider_arn = optional(string)
    workflows         = optional(string)
  })
  default = null

  validation {
    condition     = var.github == null || can(regex("^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}(/[A-Za-z0-9._-]{1,100}|@[0-9]+/[A-Za-z0-9._-]{1,100}@[0-9]+)$", var.github.repository))
    error_message = "`repository` is one repository as its tokens name it, `owner/name` or `owner@number/name@number`, without wildcards."
  }

  validation {
    condition     = try(var.github.oidc_provider_arn, null) == null || can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:oidc-provider/token[.]actions[.]githubusercontent[.]com$", var.github.oidc_provider_arn))
    error_message = "`oidc_provider_arn` is the ARN of the provider token.actions.githubusercontent.com, where the account has it already."
  }

  validation {
    condition     = try(var.github.workflows, null) == null || can(regex("^[A-Za-z0-9](-?[A-Za-z0-9]){0,38}/[A-Za-z0-9._-]{1,100}@[0-9a-f]{40}$", var.github.workflows))
    error_message = "`workflows` is the repository of the workflows that are called, at a commit: `owner/name@` and 40 hex digits."
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

variable "service_arns" {
  description = "Services of ECS that workflows on GitHub deploy to: one of `staging`, one of `production`."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for stage in keys(var.service_arns) : contains(["staging", "production"], stage)])
    error_message = "A service is that of `staging` or that of `production`."
  }

  validation {
    condition     = alltrue([for arn in values(var.service_arns) : can(regex("^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:service/[^*/]+/[^*/]+$", arn))])
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
