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

variable "retention_mode" {
  description = "How locked objects are kept: `COMPLIANCE` (nobody can shorten it, the account's root neither) or `GOVERNANCE` (a role with a special permission can; only outside production)."
  type        = string
  default     = "COMPLIANCE"

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.retention_mode)
    error_message = "Either `COMPLIANCE` or `GOVERNANCE`."
  }

  validation {
    condition     = !(var.environment == "production" && var.retention_mode == "GOVERNANCE")
    error_message = "Evidence of production is locked for everybody: `COMPLIANCE`."
  }
}

variable "evidence_retention_days" {
  description = "How long evidence can't be altered or removed."
  type        = number
  default     = 365

  validation {
    condition     = var.evidence_retention_days >= 1 && var.evidence_retention_days <= 36500 && floor(var.evidence_retention_days) == var.evidence_retention_days
    error_message = "A whole number of days, 1 or more."
  }
}

variable "tools_retention_days" {
  description = "How long a program, profile, buildspec or function in the tools bucket can't be altered or removed."
  type        = number
  default     = 90

  validation {
    condition     = var.tools_retention_days >= 1 && var.tools_retention_days <= 36500 && floor(var.tools_retention_days) == var.tools_retention_days
    error_message = "A whole number of days, 1 or more."
  }
}

variable "trail_retention_days" {
  description = "How long the files of CloudTrail can't be altered or removed."
  type        = number
  default     = 365

  validation {
    condition     = var.trail_retention_days >= 1 && var.trail_retention_days <= 36500 && floor(var.trail_retention_days) == var.trail_retention_days
    error_message = "A whole number of days, 1 or more."
  }
}

variable "artifact_expiry_days" {
  description = "After how many days what the pipeline's stages hand on is removed."
  type        = number
  default     = 30

  validation {
    condition     = var.artifact_expiry_days >= 7 && var.artifact_expiry_days <= 36500 && floor(var.artifact_expiry_days) == var.artifact_expiry_days
    error_message = "A whole number of days, 7 or more: an approval may wait for a week."
  }
}

variable "access_log_expiry_days" {
  description = "After how many days access logs are removed."
  type        = number
  default     = 365

  validation {
    condition     = var.access_log_expiry_days >= 30 && var.access_log_expiry_days <= 36500 && floor(var.access_log_expiry_days) == var.access_log_expiry_days
    error_message = "A whole number of days, 30 or more."
  }
}

variable "tools_writer_arns" {
  description = "IAM roles or users that may write to the tools bucket: who runs `deploy`, and nobody that builds. None named means whoever applies this."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.tools_writer_arns : can(regex("^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[^*?]+$", arn))])
    error_message = "ARNs of IAM roles or users, without wildcards. Of an assumed role it is the role's ARN, not the session's."
  }
}

variable "force_destroy" {
  description = "Whether buckets without a lock may be destroyed with what is in them. Only outside production."
  type        = bool
  default     = false

  validation {
    condition     = !(var.force_destroy && var.environment == "production")
    error_message = "Nothing of production is destroyed with its bucket."
  }
}

variable "tags" {
  description = "Tags of everything, beside `project` and `environment`."
  type        = map(string)
  default     = {}
}
