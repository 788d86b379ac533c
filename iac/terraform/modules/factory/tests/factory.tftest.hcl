# What the factory itself refuses; what its modules refuse is tested there.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012", arn = "arn:aws:iam::123456789012:role/deployer" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_data "aws_availability_zones" {
    defaults = { names = ["eu-central-1a", "eu-central-1b", "eu-central-1c"] }
  }
  mock_data "aws_ec2_instance_type" {
    defaults = { maximum_network_interfaces = 4 }
  }
}

variables {
  project            = "shop"
  environment        = "dev"
  domain_name        = "shop.example.org"
  certificate_arn    = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  falco_image        = "registry.example/falco@sha256:1111111111111111111111111111111111111111111111111111111111111111"
  vpc_cidr           = "10.0.0.0/16"
  availability_zones = 2
  nat                = "instance"
  task_cpu           = 256
  task_memory        = 512
  production_tasks   = { min = 1, max = 4 }
}

run "bad_values" {
  command = plan

  variables {
    project            = "a-very-long-name1"
    environment        = "staging"
    runtime            = "lambda"
    vpc_cidr           = "10.0.0.0/20"
    availability_zones = 1
  }

  expect_failures = [
    var.project,
    var.environment,
    var.runtime,
    var.vpc_cidr,
    var.availability_zones,
  ]
}

run "nothing_without_tls" {
  command = plan

  variables {
    domain_name     = null
    certificate_arn = null
  }

  expect_failures = [var.domain_name, var.certificate_arn]
}

run "falco_on_fargate" {
  command = plan

  variables {
    runtime = "ecs-fargate"
  }

  expect_failures = [var.falco_enabled]
}

run "production_unprotected" {
  command = plan

  variables {
    environment = "production"
    protected   = false
  }

  expect_failures = [var.protected]
}
