# A bad value stops the plan, and says what a good one is.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:user/deployer" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
}

variables {
  project            = "shop"
  environment        = "dev"
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  log_key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "one_of_each" {
  command = plan

  variables {
    project             = "Shop"                                             # project with capitals
    environment         = "staging"                                          # environment staging
    nat                 = "none"                                             # nat unknown
    nat_instance_type   = "t3"                                               # nat type without size
    container_port      = 0                                                  # port zero
    interface_endpoints = ["ecr"]                                            # endpoint unknown
    log_key_arn         = "arn:aws:kms:eu-central-1:111122223333:alias/shop" # log key by alias
    log_retention_days  = 0                                                  # logs for ever
  }

  expect_failures = [var.project, var.environment, var.nat, var.nat_instance_type, var.container_port, var.interface_endpoints, var.log_key_arn, var.log_retention_days]
}

run "another_of_each" {
  command = plan

  variables {
    project            = "s"    # project of one letter
    environment        = "prod" # environment prod
    container_port     = 65536  # port too large
    log_retention_days = 31     # logs for a number that cloudwatch refuses
  }

  expect_failures = [var.project, var.environment, var.container_port, var.log_retention_days]
}

run "a_third_of_each" {
  command = plan

  variables {
    project = "abcdefghijklmnopqrstu" # project too long
  }

  expect_failures = [var.project]
}

run "a_fourth" {
  command = plan

  variables {
    project = "sh--op" # project with two hyphens
  }

  expect_failures = [var.project]
}

run "a_fifth" {
  command = plan

  variables {
    project = "shop-" # project ends with hyphen
  }

  expect_failures = [var.project]
}

run "network_no_cidr" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0"
  }

  expect_failures = [var.vpc_cidr]
}

run "network_too_large" {
  command = plan

  variables {
    vpc_cidr = "10.0.0.0/8"
  }

  expect_failures = [var.vpc_cidr]
}

run "network_not_at_its_beginning" {
  command = plan

  variables {
    vpc_cidr = "10.0.1.0/16"
  }

  expect_failures = [var.vpc_cidr]
}

run "network_of_the_world" {
  command = plan

  variables {
    vpc_cidr             = "8.8.0.0/16"
    public_subnet_cidrs  = ["8.8.1.0/24", "8.8.2.0/24"]
    private_subnet_cidrs = ["8.8.3.0/24", "8.8.4.0/24"]
  }

  expect_failures = [var.vpc_cidr]
}

run "one_zone" {
  command = plan

  variables {
    availability_zones   = ["eu-central-1a"]
    public_subnet_cidrs  = ["10.0.1.0/24"]
    private_subnet_cidrs = ["10.0.3.0/24"]
  }

  expect_failures = [var.availability_zones]
}

run "one_zone_twice" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1a"]
  }

  expect_failures = [var.availability_zones]
}

run "zone_that_is_a_region" {
  command = plan

  variables {
    availability_zones = ["eu-central-1a", "eu-central-1"]
  }

  expect_failures = [var.availability_zones]
}

run "too_few_public_subnets" {
  command = plan

  variables {
    public_subnet_cidrs = ["10.0.1.0/24"]
  }

  expect_failures = [var.public_subnet_cidrs]
}

run "public_subnet_elsewhere" {
  command = plan

  variables {
    public_subnet_cidrs = ["10.0.1.0/24", "10.1.2.0/24"]
  }

  expect_failures = [var.public_subnet_cidrs]
}

run "too_many_private_subnets" {
  command = plan

  variables {
    private_subnet_cidrs = ["10.0.3.0/24", "10.0.4.0/24", "10.0.5.0/24"]
  }

  expect_failures = [var.private_subnet_cidrs]
}

run "private_subnet_elsewhere" {
  command = plan

  variables {
    private_subnet_cidrs = ["10.0.3.0/24", "192.168.0.0/24"]
  }

  expect_failures = [var.private_subnet_cidrs]
}

run "subnets_that_overlap" {
  command = plan

  variables {
    private_subnet_cidrs = ["10.0.3.0/24", "10.0.2.128/25"]
  }

  expect_failures = [var.private_subnet_cidrs]
}

run "public_subnets_that_overlap" {
  command = plan

  variables {
    public_subnet_cidrs = ["10.0.1.0/24", "10.0.1.0/25"]
  }

  expect_failures = [var.public_subnet_cidrs]
}

run "subnet_larger_than_the_network" {
  command = plan

  variables {
    vpc_cidr            = "10.0.0.0/20"
    public_subnet_cidrs = ["10.0.0.0/16", "10.0.2.0/24"]
  }

  expect_failures = [var.public_subnet_cidrs]
}

run "one_database_subnet" {
  command = plan

  variables {
    database_subnet_cidrs = ["10.0.5.0/24"]
  }

  expect_failures = [var.database_subnet_cidrs]
}

run "database_subnet_elsewhere" {
  command = plan

  variables {
    database_subnet_cidrs = ["10.0.5.0/24", "10.1.6.0/24"]
  }

  expect_failures = [var.database_subnet_cidrs]
}

run "database_subnet_over_a_private_one" {
  command = plan

  variables {
    database_subnet_cidrs = ["10.0.5.0/24", "10.0.4.0/24"]
  }

  expect_failures = [var.database_subnet_cidrs]
}
