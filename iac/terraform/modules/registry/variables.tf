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

variable "key_arn" {
  description = "Key that encrypts the images."
  type        = string

  validation {
    condition     = can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/", var.key_arn))
    error_message = "The ARN of a key (not of an alias)."
  }
}

variable "keep_images" {
  description = "How many images of the application are kept, the newest. What runs has to be among them."
  type        = number
  default     = 30

  validation {
    condition     = var.keep_images >= 10 && var.keep_images <= 1000 && floor(var.keep_images) == var.keep_images
    error_message = "A whole number from 10 to 1000: with fewer, a week of builds removes what runs."
  }
}

variable "force_destroy" {
  description = "Whether the repositories may be destroyed with the images in them. Only outside production."
  type        = bool
  default     = false

  validation {
    condition     = !(var.force_destroy && var.environment == "production")
    error_message = "Images of production are not destroyed with their repository."
  }
}

variable "tags" {
  description = "Tags of everything, beside `project` and `environment`."
  type        = map(string)
  default     = {}
}
