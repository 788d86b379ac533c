terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
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
