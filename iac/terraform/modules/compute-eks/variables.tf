variable "project" {
  description = "Name of the project; every name begins with it."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,15}$", var.project))
    error_message = "A project is 2 to 16 lower-case letters, digits and single hyphens, beginning with a letter."
  }
}

variable "environment" {
  description = "Which factory this is. Each has a staging and a production cluster of its own."
  type        = string

  validation {
    condition     = contains(["dev", "production"], var.environment)
    error_message = "An environment is `dev` or `production`."
  }
}

variable "tags" {
  description = "Tags of everything here."
  type        = map(string)
  default     = {}
}

variable "private_subnet_ids" {
  description = "Subnets of control planes and nodes, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.private_subnet_ids) >= 2
    error_message = "A cluster needs subnets in two zones."
  }
}

variable "build_security_group_id" {
  description = "Group of the builds: they reach the control planes from inside the network."
  type        = string
}

variable "kubernetes_version" {
  description = "Version of Kubernetes."
  type        = string
  default     = "1.33"

  validation {
    condition     = can(regex("^1\\.(3[2-9]|[4-9][0-9])$", var.kubernetes_version))
    error_message = "A version is `1.32` or later, without a patch number."
  }
}

variable "public_access_cidrs" {
  description = "Networks that reach the control planes from outside. None: only what is inside the network does."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for cidr in var.public_access_cidrs : can(cidrhost(cidr, 0)) && tonumber(try(split("/", cidr)[1], 0)) >= 16])
    error_message = "A control plane is never open to the world: networks of /16 or smaller."
  }
}

variable "administrator_role_arns" {
  description = "Roles that administer the clusters. Whoever makes a cluster is not one of them by that."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.administrator_role_arns : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", arn))])
    error_message = "Each has to be the ARN of a role."
  }
}

variable "deploy_role_arns" {
  description = "By stage, roles that may change workloads in `namespace` there, and nothing else. EKS refuses roles that are not there yet."
  type        = object({ staging = optional(list(string), []), production = optional(list(string), []) })
  default     = {}

  validation {
    condition     = alltrue([for arn in concat(var.deploy_role_arns.staging, var.deploy_role_arns.production) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", arn))])
    error_message = "Each has to be the ARN of a role."
  }

  # A role has one entry in a cluster.
  validation {
    condition     = length(setintersection(concat(var.deploy_role_arns.staging, var.deploy_role_arns.production), var.administrator_role_arns)) == 0
    error_message = "A role deploys or administers, not both."
  }
}

variable "namespace" {
  description = "Namespace of the application."
  type        = string
  default     = "application"

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.namespace)) && !startswith(var.namespace, "kube-") && var.namespace != "default"
    error_message = "A namespace is a DNS label, and not one of the cluster's own."
  }
}

variable "log_service_account" {
  description = "Who writes Falco's alerts to CloudWatch: `namespace:service account` of Fluent Bit."
  type        = string
  default     = "falco:fluent-bit"

  # A star would let any pod write alerts, and hide a true one among false ones.
  validation {
    condition     = can(regex("^[a-z0-9-]+:[a-z0-9-]+$", var.log_service_account))
    error_message = "It has to be `namespace:name`, without a wildcard."
  }
}

variable "staging_nodes" {
  description = "Nodes of staging. One at first, for what answers names in the cluster; none while nobody deploys."
  type        = object({ instance_type = string, min = number, desired = number, max = number })
  default     = { instance_type = "t3.medium", min = 0, desired = 1, max = 2 }

  validation {
    condition     = var.staging_nodes.min >= 0 && var.staging_nodes.min <= var.staging_nodes.desired && var.staging_nodes.desired <= var.staging_nodes.max && var.staging_nodes.desired >= 1
    error_message = "0 <= min <= desired <= max, and desired is 1 or more: a cluster is not ready without a node."
  }
}

variable "production_nodes" {
  description = "Nodes of production."
  type        = object({ instance_type = string, min = number, desired = number, max = number })
  default     = { instance_type = "t3.medium", min = 2, desired = 2, max = 4 }

  validation {
    condition     = var.production_nodes.min >= 1 && var.production_nodes.min <= var.production_nodes.desired && var.production_nodes.desired <= var.production_nodes.max
    error_message = "1 <= min <= desired <= max."
  }
}

variable "log_key_arn" {
  description = "Key that encrypts the log groups."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/", var.log_key_arn))
    error_message = "It has to be the ARN of a key, not of an alias."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "Logs are kept for 90 days or longer, one of the numbers that CloudWatch Logs knows."
  }
}
