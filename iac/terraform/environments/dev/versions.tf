terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # This one and no other: it was tested, and no later one comes with an apply that nobody read. Modules take any 5.100.
      version = "= 5.100.0"
    }
  }

  # The bucket and its region are named by `deploy` (-backend-config): they belong to the account. The key is this factory's.
  backend "s3" {
    key          = "gate/dev/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

# The region comes from the environment (AWS_REGION).
provider "aws" {}
