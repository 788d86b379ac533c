terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # This one and no other: it was tested, and no later one comes with an apply that nobody read. Modules take any 5.100.
      version = "= 5.100.0"
    }
  }
}
