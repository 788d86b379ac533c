variable "project" {
  description = "Name of the project; every name begins with it. Names of load balancers and target groups leave it 16 characters."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9]){1,15}$", var.project)) && length(var.project) <= 16
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

variable "vpc_id" {
  description = "Network of the load balancers and tasks."
  type        = string
}

variable "public_subnet_ids" {
  description = "Subnets of the production load balancer, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.public_subnet_ids) >= 2
    error_message = "A load balancer needs subnets in two zones."
  }
}

variable "private_subnet_ids" {
  description = "Subnets of the staging load balancer, of all tasks and of their hosts, in two zones or more."
  type        = list(string)

  validation {
    condition     = length(var.private_subnet_ids) >= 2
    error_message = "A load balancer needs subnets in two zones."
  }
}

variable "production_alb_security_group_id" {
  description = "Lets the world in by TLS."
  type        = string
}

variable "staging_alb_security_group_id" {
  description = "Lets the builds in, and nobody else."
  type        = string
}

variable "production_service_security_group_id" {
  description = "Lets the production load balancer in on `container_port`."
  type        = string
}

variable "staging_service_security_group_id" {
  description = "Lets the staging load balancer in on `container_port`."
  type        = string
}

variable "task_execution_role_arn" {
  description = "What starts a task: it pulls the image and writes the logs."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", var.task_execution_role_arn))
    error_message = "It has to be the ARN of a role."
  }
}

variable "task_role_arn" {
  description = "What the application itself may do."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", var.task_role_arn))
    error_message = "It has to be the ARN of a role."
  }
}

variable "repository_url" {
  description = "Repository of the application's images, without tag and digest."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9.-]+/[a-z0-9._/-]+$", var.repository_url))
    error_message = "A repository has a registry and a name, and neither tag nor digest."
  }
}

variable "access_log_bucket_name" {
  description = "Bucket for the access logs of the load balancers."
  type        = string
}

variable "domain_name" {
  description = "Name of the application, such as `shop.example.org`. Staging is `staging.` in front of it, known inside the network only."
  type        = string

  validation {
    condition     = can(regex("^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z]{2,63}$", var.domain_name))
    error_message = "A domain name has two labels or more, in lower case and without a dot at its end."
  }
}

variable "certificate_arn" {
  description = "Certificate of ACM for `domain_name` and `staging.` in front of it. Nothing is served without TLS, so there is no default."
  type        = string

  validation {
    condition     = can(regex("^arn:[a-z-]+:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$", var.certificate_arn))
    error_message = "It has to be the ARN of a certificate of ACM."
  }
}

variable "launch_type" {
  description = "`EC2`: on hosts of ours, with Falco beside the application. `FARGATE`: on nobody's host, without Falco."
  type        = string
  default     = "EC2"

  validation {
    condition     = contains(["EC2", "FARGATE"], var.launch_type)
    error_message = "A launch type is `EC2` or `FARGATE`."
  }
}

variable "falco_enabled" {
  description = "Whether Falco watches production."
  type        = bool
  default     = true

  # It reads the kernel's events. Fargate gives no capability for that but SYS_PTRACE, and no access to the host.
  validation {
    condition     = !(var.falco_enabled && var.launch_type == "FARGATE")
    error_message = "Falco can't run on Fargate. Set falco_enabled = false to say that nothing but GuardDuty watches production at run time."
  }
}

variable "falco_image" {
  description = "Image of Falco by digest, such as `registry.example/falco@sha256:…`. Needed where Falco is enabled."
  type        = string
  default     = null

  validation {
    condition     = var.falco_image == null || can(regex("^[a-z0-9.:/_-]+@sha256:[0-9a-f]{64}$", var.falco_image))
    error_message = "An image is named by its digest, `…@sha256:` and 64 hexadecimal digits; a tag may move."
  }

  validation {
    condition     = !var.falco_enabled || var.falco_image != null
    error_message = "Falco is enabled, so its image has to be given."
  }
}

variable "container_port" {
  description = "Port on which the application listens; target groups and tasks take theirs from it. Fixed when the services are made."
  type        = number
  default     = 8080

  # The application is no root, so it can't listen below 1024.
  validation {
    condition     = var.container_port >= 1024 && var.container_port <= 65535 && floor(var.container_port) == var.container_port
    error_message = "A port is a whole number from 1024 to 65535."
  }
}

variable "container_user" {
  description = "User and group of the application in its container, as numbers."
  type        = string
  default     = "10000:10000"

  validation {
    condition     = can(regex("^[1-9][0-9]{2,4}:[1-9][0-9]{2,4}$", var.container_user))
    error_message = "A user is `uid:gid`, both from 100 to 99999: never root."
  }
}

variable "health_check_path" {
  description = "Path that answers 200 when the application is well."
  type        = string
  default     = "/health"

  validation {
    condition     = startswith(var.health_check_path, "/")
    error_message = "A path begins with `/`."
  }
}

variable "health_check_command" {
  description = "Command in the application's image that ends with 0 when it is well, such as `[\"CMD\", \"/app/healthy\"]`. Empty: only the load balancer asks."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.health_check_command) == 0 || contains(["CMD", "CMD-SHELL"], try(var.health_check_command[0], ""))
    error_message = "A command begins with `CMD` or `CMD-SHELL`."
  }
}

variable "database" {
  description = "Where the database answers, and the name that it and its user have for each stage. Null: there is none."
  type        = object({ host = string, port = number, names = object({ staging = string, production = string }) })
  default     = null

  # What scanners attack is not what production keeps.
  validation {
    condition     = var.database == null || try(var.database.names.staging != var.database.names.production, false)
    error_message = "Staging and production have a database and a user each: two names."
  }
}

variable "task_cpu" {
  description = "CPU units of the application; 1024 are one processor."
  type        = number
  default     = 256

  validation {
    condition     = contains([256, 512, 1024, 2048, 4096], var.task_cpu)
    error_message = "CPU units are 256, 512, 1024, 2048 or 4096."
  }
}

variable "task_memory" {
  description = "MiB of the application."
  type        = number
  default     = 512

  # What Fargate takes; so that the switch needs no other figures.
  validation {
    condition     = var.task_memory >= var.task_cpu * 2 && var.task_memory <= var.task_cpu * 8 && (var.task_memory % 1024 == 0 || var.task_memory == 512)
    error_message = "Memory is 512 MiB or whole GiB, from 2 to 8 MiB for each unit of CPU."
  }
}

variable "production_tasks" {
  description = "Fewest and most tasks of production; between them 70 % of CPU decides. Hosts have to have room for twice the most."
  type        = object({ min = number, max = number })
  default     = { min = 2, max = 3 }

  validation {
    condition     = var.production_tasks.min >= 1 && var.production_tasks.min <= var.production_tasks.max && var.production_tasks.max <= 6
    error_message = "Production has 1 to 6 tasks, and not fewer at most than at least."
  }
}

variable "staging_capacity" {
  description = "Hosts of staging. None until a deployment needs one; ECS starts it and ends it again."
  type        = object({ instance_type = string, min = number, desired = number, max = number })
  default     = { instance_type = "t3.small", min = 0, desired = 0, max = 2 }

  validation {
    condition     = var.staging_capacity.min <= var.staging_capacity.desired && var.staging_capacity.desired <= var.staging_capacity.max && var.staging_capacity.min >= 0 && var.staging_capacity.max >= 1
    error_message = "0 <= min <= desired <= max, and max is 1 or more."
  }
}

variable "production_capacity" {
  description = "Hosts of production."
  type        = object({ instance_type = string, min = number, desired = number, max = number })
  default     = { instance_type = "t3.xlarge", min = 1, desired = 1, max = 2 }

  validation {
    condition     = var.production_capacity.min <= var.production_capacity.desired && var.production_capacity.desired <= var.production_capacity.max && var.production_capacity.min >= 1
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

variable "deletion_protection" {
  description = "Whether the load balancers refuse to be deleted."
  type        = bool
  default     = true
}
