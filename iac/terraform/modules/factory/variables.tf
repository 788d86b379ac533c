# What is not here has one value for every factory, and stands in the module that it belongs to. A value that is only handed on
# is checked by the module that takes it.

variable "project" {
  description = "Name of the project; every name begins with it. It is the application's name for `gate`, too."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,15}$", var.project)) && length(var.project) <= 16
    error_message = "A project is 2 to 16 lower-case letters, digits and single hyphens, beginning with a letter."
  }

  # Capacity providers, load balancers, security groups and buckets can't be called so.
  validation {
    condition     = !can(regex("^(aws|ecs|fargate|(amzn-s3-demo|internal|sg|sthree)(-|$))", var.project))
    error_message = "AWS keeps names for itself that begin with aws, ecs, fargate, amzn-s3-demo-, internal-, sg- or sthree-."
  }
}

variable "environment" {
  description = "Which factory this is: `dev` or `production`."
  type        = string

  validation {
    condition     = contains(["dev", "production"], var.environment)
    error_message = "An environment is `dev` or `production`."
  }
}

variable "tags" {
  description = "Tags of everything."
  type        = map(string)
  default     = {}
}

variable "github" {
  description = "Whose workflows on GitHub take roles here, `repository` as its tokens name it: `owner/name` or `owner@number/name@number`. Null makes nothing for GitHub."
  type        = object({ repository = string, oidc_provider_arn = optional(string), workflows = optional(string) })
  default     = null
}

variable "runtime" {
  description = "What runs the application: `ecs-ec2` (with Falco), `ecs-fargate` or `eks`. The pipeline deploys to ECS."
  type        = string
  default     = "ecs-ec2"

  validation {
    condition     = contains(["ecs-ec2", "ecs-fargate", "eks"], var.runtime)
    error_message = "A runtime is `ecs-ec2`, `ecs-fargate` or `eks`."
  }
}

variable "domain_name" {
  description = "Name of the application. Needed for ECS."
  type        = string
  default     = null

  validation {
    condition     = var.runtime == "eks" || var.domain_name != null
    error_message = "An application on ECS needs a name, or nothing could be served by TLS."
  }
}

variable "certificate_arn" {
  description = "Certificate of ACM for `domain_name` and `staging.` in front of it. Needed for ECS."
  type        = string
  default     = null

  validation {
    condition     = var.runtime == "eks" || var.certificate_arn != null
    error_message = "An application on ECS needs a certificate, or nothing could be served by TLS."
  }
}

variable "falco_enabled" {
  description = "Whether Falco watches production. It can't on Fargate, and there has to be switched off."
  type        = bool
  default     = true

  validation {
    condition     = !(var.falco_enabled && var.runtime == "ecs-fargate")
    error_message = "Falco can't run on Fargate. Set falco_enabled = false to say that nothing but GuardDuty watches production at run time."
  }
}

variable "falco_image" {
  description = "Image of Falco by digest; `none` where it does not run."
  type        = string
  default     = null

  # One that is named beside could be started by whoever deploys: what proves a deployment lets that image pass.
  validation {
    condition     = var.runtime == "eks" || var.falco_enabled == (coalesce(var.falco_image, "none") != "none")
    error_message = "Either Falco watches production and falco_image names it by digest, or falco_enabled = false and falco_image = \"none\"."
  }
}

variable "sidecar_repository_arns" {
  description = "Repositories of ECR from which sidecars come, if any: Falco's, if it is one, and on Fargate that of GuardDuty's agent."
  type        = list(string)
  default     = []
}

variable "vpc_cidr" {
  description = "Addresses of the network, a /16."
  type        = string

  validation {
    condition     = can(cidrhost(var.vpc_cidr, 0)) && endswith(var.vpc_cidr, "/16")
    error_message = "A network is written as CIDR and is a /16, such as 10.0.0.0/16."
  }
}

variable "availability_zones" {
  description = "How many zones it spans."
  type        = number

  validation {
    condition     = contains([2, 3], var.availability_zones)
    error_message = "A factory spans 2 or 3 zones."
  }
}

variable "nat" {
  description = "How private subnets reach the internet: `instance` or `gateway`."
  type        = string
}

variable "nat_per_availability_zone" {
  description = "Whether each zone has its own way out."
  type        = bool
  default     = true
}

variable "interface_endpoints" {
  description = "Services of AWS that are reached without the internet."
  type        = set(string)
  default     = []
}

variable "container_port" {
  description = "Port on which the application listens. Security groups, target groups and tasks take theirs from it. Fixed when the services are made."
  type        = number
  default     = 8080
}

variable "health_check_command" {
  description = "Command in the application's image that ends with 0 when it is well. Empty: only the load balancer asks."
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
  description = "Type of the hosts of production. Each task takes one of their network interfaces."
  type        = string
  default     = "t3.xlarge"
}

variable "production_hosts" {
  description = "Fewest and most hosts of production. They need room for twice the most tasks, since two revisions stand side by side while one takes over; with two or more at least, the loss of one is no outage."
  type        = object({ min = number, max = number })
  default     = { min = 1, max = 2 }
}

variable "keep_images" {
  description = "How many images of the application are kept, the newest. What runs has to be among them: more than are pushed between two deployments to production."
  type        = number
  default     = 30
}

variable "database" {
  description = "Whether there is a database of PostgreSQL, and of which class."
  type        = object({ enabled = bool, instance_class = optional(string, "db.t4g.micro") })
  default     = { enabled = false }
}

variable "detection" {
  description = "What is switched on here. Off where the account has it in this region already: it can have each only once."
  type        = object({ guardduty = optional(bool, true), security_hub = optional(bool, true), config = optional(bool, true) })
  default     = {}
}

variable "administrator_role_arns" {
  description = "Roles that administer the clusters of EKS."
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

variable "tools_writer_arns" {
  description = "Who may write to the tools bucket. None named means whoever applies this."
  type        = list(string)
  default     = []
}

variable "retention_mode" {
  description = "How evidence is locked: `COMPLIANCE` or, outside production, `GOVERNANCE`."
  type        = string
  default     = "COMPLIANCE"
}

variable "evidence_retention_days" {
  description = "How long evidence can't be altered or removed."
  type        = number
  default     = 365
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 365
}

variable "protected" {
  description = "Whether load balancers and databases refuse to be deleted, and buckets and repositories to be destroyed with what is in them. Always in production."
  type        = bool
  default     = true

  validation {
    condition     = var.protected || var.environment != "production"
    error_message = "Production is protected."
  }
}
