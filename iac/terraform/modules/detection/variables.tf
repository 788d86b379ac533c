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

variable "guardduty" {
  description = "Whether GuardDuty is switched on here. Off where the account has a detector in this region: it can have only one."
  type        = bool
  default     = true
}

variable "security_hub" {
  description = "Whether Security Hub is switched on here. Off where the account has it in this region."
  type        = bool
  default     = true
}

variable "config" {
  description = "Whether a recorder of AWS Config is made here. Off where the account has one in this region: it can have only one."
  type        = bool
  default     = true
}

variable "finding_frequency" {
  description = "How often GuardDuty says again what it still sees: `FIFTEEN_MINUTES`, `ONE_HOUR` or `SIX_HOURS`."
  type        = string
  default     = "FIFTEEN_MINUTES"

  validation {
    condition     = contains(["FIFTEEN_MINUTES", "ONE_HOUR", "SIX_HOURS"], var.finding_frequency)
    error_message = "`FIFTEEN_MINUTES`, `ONE_HOUR` or `SIX_HOURS`."
  }
}

variable "guardduty_features" {
  description = "What GuardDuty looks at beside flow logs, CloudTrail and names asked for: `S3_DATA_EVENTS`, `EBS_MALWARE_PROTECTION`, `RDS_LOGIN_EVENTS`, `LAMBDA_NETWORK_LOGS`, `EKS_AUDIT_LOGS`, `RUNTIME_MONITORING`."
  type        = set(string)
  default     = ["S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS"]

  validation {
    condition     = alltrue([for feature in var.guardduty_features : contains(["S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RDS_LOGIN_EVENTS", "LAMBDA_NETWORK_LOGS", "EKS_AUDIT_LOGS", "RUNTIME_MONITORING"], feature)])
    error_message = "`S3_DATA_EVENTS`, `EBS_MALWARE_PROTECTION`, `RDS_LOGIN_EVENTS`, `LAMBDA_NETWORK_LOGS`, `EKS_AUDIT_LOGS` or `RUNTIME_MONITORING`."
  }
}

variable "runtime_agents" {
  description = "Where GuardDuty itself puts the agents of its runtime monitoring: `ECS_FARGATE_AGENT_MANAGEMENT`, `EKS_ADDON_MANAGEMENT`, `EC2_AGENT_MANAGEMENT`. With one or more, runtime monitoring is on."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for agent in var.runtime_agents : contains(["ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT", "EC2_AGENT_MANAGEMENT"], agent)])
    error_message = "`ECS_FARGATE_AGENT_MANAGEMENT`, `EKS_ADDON_MANAGEMENT` or `EC2_AGENT_MANAGEMENT`."
  }
}

variable "standards" {
  description = "Standards that Security Hub checks: `foundational` (AWS Foundational Security Best Practices), `cis` (CIS AWS Foundations Benchmark 3.0)."
  type        = set(string)
  default     = ["foundational", "cis"]

  validation {
    condition     = alltrue([for standard in var.standards : contains(["foundational", "cis"], standard)])
    error_message = "`foundational` and `cis`."
  }
}

variable "config_bucket_name" {
  description = "Bucket that AWS Config delivers to, without Object Lock. Needed with `config`."
  type        = string
  default     = null

  validation {
    condition     = !var.config || var.config_bucket_name != null
    error_message = "A recorder without a bucket delivers nothing."
  }
}

variable "config_key_arn" {
  description = "Key that encrypts what AWS Config delivers. Needed with `config`."
  type        = string
  default     = null

  validation {
    condition     = !var.config || var.config_key_arn != null
    error_message = "What AWS Config delivers has to be encrypted."
  }

  validation {
    condition     = var.config_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[^*]+$", var.config_key_arn))
    error_message = "The ARN of a key (not of an alias)."
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
