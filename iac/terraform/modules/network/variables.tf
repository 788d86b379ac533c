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

variable "vpc_cidr" {
  description = "Addresses of the network."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.vpc_cidr)) && can(regex("/(1[6-9]|2[0-4])$", var.vpc_cidr)) && try(cidrhost(var.vpc_cidr, 0) == split("/", var.vpc_cidr)[0], false)
    error_message = "An IPv4 network of /16 to /24, written by its first address, such as 10.0.0.0/16."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.vpc_cidr))
    error_message = "Private addresses: of 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
  }
}

variable "availability_zones" {
  description = "Names of the zones, two or more. Each gets a public and a private subnet."
  type        = list(string)

  validation {
    condition     = length(var.availability_zones) >= 2 && length(distinct(var.availability_zones)) == length(var.availability_zones)
    error_message = "Two zones or more, none of them twice: a load balancer takes no less."
  }

  validation {
    condition     = alltrue([for zone in var.availability_zones : can(regex("^[a-z]{2}(-[a-z]+)+-[0-9][a-z]$", zone))])
    error_message = "Names of zones, such as eu-central-1a."
  }
}

variable "public_subnet_cidrs" {
  description = "Addresses of the public subnets, one for each zone, in the order of the zones."
  type        = list(string)
  default     = ["10.0.1.0/24", "10.0.2.0/24"]

  validation {
    condition     = length(var.public_subnet_cidrs) == length(var.availability_zones)
    error_message = "As many as there are zones."
  }

  validation {
    condition = alltrue([
      for cidr in var.public_subnet_cidrs :
      can(cidrnetmask(cidr)) && try(
        tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1]) && tonumber(split("/", cidr)[1]) <= 28 &&
        cidrsubnet("${cidrhost(cidr, 0)}/${split("/", var.vpc_cidr)[1]}", 0, 0) == var.vpc_cidr && cidrhost(cidr, 0) == split("/", cidr)[0],
      false)
    ])
    error_message = "Each has to lie in the network, be /28 or larger, and be written by its first address."
  }

  validation {
    condition = alltrue(flatten([
      for index, one in var.public_subnet_cidrs : [
        for place, other in var.public_subnet_cidrs :
        place <= index || try(cidrsubnet("${cidrhost(one, 0)}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0) != cidrsubnet("${cidrhost(other, 0)}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0), true)
      ]
    ]))
    error_message = "No two subnets share an address."
  }
}

variable "private_subnet_cidrs" {
  description = "Addresses of the private subnets, one for each zone, in the order of the zones."
  type        = list(string)
  default     = ["10.0.3.0/24", "10.0.4.0/24"]

  validation {
    condition     = length(var.private_subnet_cidrs) == length(var.availability_zones)
    error_message = "As many as there are zones."
  }

  validation {
    condition = alltrue([
      for cidr in var.private_subnet_cidrs :
      can(cidrnetmask(cidr)) && try(
        tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1]) && tonumber(split("/", cidr)[1]) <= 28 &&
        cidrsubnet("${cidrhost(cidr, 0)}/${split("/", var.vpc_cidr)[1]}", 0, 0) == var.vpc_cidr && cidrhost(cidr, 0) == split("/", cidr)[0],
      false)
    ])
    error_message = "Each has to lie in the network, be /28 or larger, and be written by its first address."
  }

  validation {
    condition = alltrue(flatten([
      for index, one in var.private_subnet_cidrs : [
        for place, other in concat(var.private_subnet_cidrs, var.public_subnet_cidrs) :
        place <= index || try(cidrsubnet("${cidrhost(one, 0)}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0) != cidrsubnet("${cidrhost(other, 0)}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0), true)
      ]
    ]))
    error_message = "No two subnets share an address."
  }
}

variable "database_subnet_cidrs" {
  description = "Addresses of subnets without any way out, for databases: none, or one for each zone."
  type        = list(string)
  default     = []

  validation {
    condition     = contains([0, length(var.availability_zones)], length(var.database_subnet_cidrs))
    error_message = "None, or as many as there are zones."
  }

  validation {
    condition = alltrue([
      for cidr in var.database_subnet_cidrs :
      can(cidrnetmask(cidr)) && try(
        tonumber(split("/", cidr)[1]) >= tonumber(split("/", var.vpc_cidr)[1]) && tonumber(split("/", cidr)[1]) <= 28 &&
        cidrsubnet("${cidrhost(cidr, 0)}/${split("/", var.vpc_cidr)[1]}", 0, 0) == var.vpc_cidr && cidrhost(cidr, 0) == split("/", cidr)[0],
      false)
    ])
    error_message = "Each has to lie in the network, be /28 or larger, and be written by its first address."
  }

  validation {
    condition = alltrue(flatten([
      for index, one in var.database_subnet_cidrs : [
        for place, other in concat(var.database_subnet_cidrs, var.private_subnet_cidrs, var.public_subnet_cidrs) :
        place <= index || try(cidrsubnet("${cidrhost(one, 0)}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0) != cidrsubnet("${cidrhost(other, 0)}/${min(split("/", one)[1], split("/", other)[1])}", 0, 0), true)
      ]
    ]))
    error_message = "No two subnets share an address."
  }
}

variable "nat" {
  description = "How private subnets reach the internet: `instance` (a small machine, within the free tier) or `gateway` (managed, costs by the hour)."
  type        = string
  default     = "instance"

  validation {
    condition     = contains(["instance", "gateway"], var.nat)
    error_message = "Either `instance` or `gateway`."
  }
}

variable "nat_per_availability_zone" {
  description = "Whether each zone has its own way out. With one for all, the zone it stands in takes the others down with it."
  type        = bool
  default     = true
}

variable "nat_instance_type" {
  description = "Type of the NAT instances. Those of Graviton (t4g.nano, …) get an image for arm64."
  type        = string
  default     = "t3.micro"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]*[0-9][a-z0-9-]*\\.[a-z0-9-]+$", var.nat_instance_type))
    error_message = "A type of instance, such as t3.micro."
  }
}

variable "container_port" {
  description = "Port on which the application listens in its container."
  type        = number
  default     = 8080

  validation {
    condition     = var.container_port >= 1 && var.container_port <= 65535 && floor(var.container_port) == var.container_port
    error_message = "A port: 1 to 65535."
  }
}

variable "dynamic_host_ports" {
  description = "Whether load balancers also reach the ports 32768 to 65535, which ECS gives to containers in bridge mode on its instances."
  type        = bool
  default     = true
}

variable "interface_endpoints" {
  description = "Services that are reached without the internet, each by an endpoint in each private subnet that costs by the hour, such as `ecr.api`, `ecr.dkr` and `logs`. S3 always has one: that costs nothing."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for service in var.interface_endpoints : contains(["cloudformation", "codebuild", "codepipeline", "ec2", "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "kms", "logs", "monitoring", "secretsmanager", "securityhub", "sns", "ssm", "ssmmessages", "sts"], service)])
    error_message = "Services that the factory calls: cloudformation, codebuild, codepipeline, ec2, ec2messages, ecr.api, ecr.dkr, ecs, ecs-agent, ecs-telemetry, kms, logs, monitoring, secretsmanager, securityhub, sns, ssm, ssmmessages, sts."
  }
}

variable "log_key_arn" {
  description = "Key that encrypts the log group."
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

variable "tags" {
  description = "Tags of everything, beside `project` and `environment`."
  type        = map(string)
  default     = {}
}
