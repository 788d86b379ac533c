terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # This one and no other: it was tested, and no later one comes with an apply that nobody read. Modules take any 5.100.
      version = "= 5.100.0"
    }
  }

  # Bucket, region and key are named by `deploy` (-backend-config): they belong to the account and to the project.
  backend "s3" {
    encrypt      = true
    use_lockfile = true
  }
}

# The region comes from the environment (AWS_REGION).
provider "aws" {}
