variable "project" {
  description = "Short name of the application. It begins the name of everything."
  type        = string

  validation {
    condition     = can(regex("^[a-z](-?[a-z0-9])+$", var.project)) && length(var.project) <= 20
    error_message = "2 to 20 lower-case letters, digits and single hyphens, beginning with a letter: names of buckets and roles grow from it."
  }

  # Capacity providers, load balancers, security groups and buckets can't be called so.
  validation {
    condition     = !can(regex("^(aws|ecs|fargate|(amzn-s3-demo|internal|sg|sthree)(-|$))", var.project))
    error_message = "AWS keeps names for itself that begin with aws, ecs, fargate, amzn-s3-demo-, internal-, sg- or sthree-."
  }
}

variable "noncurrent_state_days" {
  description = "How long replaced versions of a state are kept: how far back a damaged state can be mended."
  type        = number
  default     = 365

  validation {
    condition     = var.noncurrent_state_days >= 30 && floor(var.noncurrent_state_days) == var.noncurrent_state_days
    error_message = "A whole number of days, 30 or more."
  }
}

variable "tags" {
  description = "Tags of everything, beside `project`."
  type        = map(string)
  default     = {}
}
