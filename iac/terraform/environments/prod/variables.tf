variable "project" {
  description = "Name of the project."
  type        = string
}

variable "environment" {
  description = "This environment's name, as `gate` knows it."
  type        = string
  default     = "production"

  # The state of one environment is never applied with the values of the other.
  validation {
    condition     = var.environment == "production"
    error_message = "This folder is `production`."
  }
}

variable "domain_name" {
  description = "Name of the application. Staging is `staging.` in front of it. Needed for ECS."
  type        = string
  default     = null
}

variable "certificate_arn" {
  description = "Certificate of ACM for both names, issued beforehand. Needed for ECS."
  type        = string
  default     = null
}

variable "falco_image" {
  description = "Image of Falco by digest, such as `docker.io/falcosecurity/falco@sha256:…`; `none` where it does not run."
  type        = string
  default     = null
}

variable "sidecar_repository_arns" {
  description = "The repository of `falco_image`, if it is one of ECR; on Fargate that of GuardDuty's agent."
  type        = list(string)
  default     = []
}

variable "runtime" {
  description = "What runs the application: `ecs-ec2`, `ecs-fargate` or `eks`."
  type        = string
  default     = "ecs-ec2"
}

variable "falco_enabled" {
  description = "Whether Falco watches production."
  type        = bool
  default     = true
}

variable "github" {
  description = "Whose workflows on GitHub take roles here, `repository` as its tokens name it: `owner/name` or `owner@number/name@number`. Null makes nothing for GitHub."
  type        = object({ repository = string, oidc_provider_arn = optional(string), workflows = optional(string) })
  default     = null
}

variable "detection" {
  description = "What of GuardDuty, Security Hub and Config is switched on here."
  type        = object({ guardduty = optional(bool, true), security_hub = optional(bool, true), config = optional(bool, true) })
  default     = {}
}

variable "administrator_role_arns" {
  description = "Roles that administer the clusters of EKS."
  type        = list(string)
  default     = []
}

variable "tools_writer_arns" {
  description = "Who may write what builds run: the roles that deploy, and nobody else. None named means whoever applied last."
  type        = list(string)
  default     = []
}

variable "deploy_role_arns" {
  description = "By stage, roles that deploy to its cluster of EKS. Those that are made later are named in a second apply."
  type        = object({ staging = optional(list(string), []), production = optional(list(string), []) })
  default     = {}
}

variable "public_access_cidrs" {
  description = "Networks that reach the control planes of EKS from outside. None: only the builds do, from inside."
  type        = list(string)
  default     = []
}

# From here on: figures, in terraform.tfvars.

variable "vpc_cidr" {
  description = "Addresses of the network."
  type        = string
}

variable "availability_zones" {
  description = "How many zones it spans."
  type        = number
}

variable "nat" {
  description = "How private subnets reach the internet: `instance` or `gateway`."
  type        = string
}

variable "nat_per_availability_zone" {
  description = "Whether each zone has its own way out."
  type        = bool
}

variable "container_port" {
  description = "Port on which the application listens. Fixed when the services are made."
  type        = number
}

variable "health_check_command" {
  description = "Command in the application's image that ends with 0 when it is well."
  type        = list(string)
  default     = []
}

variable "task_cpu" {
  description = "CPU units of the application."
  type        = number
}

variable "task_memory" {
  description = "MiB of the application."
  type        = number
}

variable "production_tasks" {
  description = "Fewest and most tasks of production."
  type        = object({ min = number, max = number })
}

variable "production_instance_type" {
  description = "Type of the hosts of production."
  type        = string
}

variable "production_hosts" {
  description = "Fewest and most hosts of production, with room for twice the most tasks."
  type        = object({ min = number, max = number })
}

variable "keep_images" {
  description = "How many images of the application are kept, the newest. What runs has to be among them."
  type        = number
}

variable "database" {
  description = "Whether there is a database, and of which class."
  type        = object({ enabled = bool, instance_class = optional(string, "db.t4g.micro") })
}

variable "retention_mode" {
  description = "How evidence is locked."
  type        = string
}

variable "protected" {
  description = "Whether what holds traffic or data refuses to be deleted."
  type        = bool
}
