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
    defaults = { maximum_network_interfaces = 4, supported_architectures = ["x86_64"] }
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
  production_tasks   = { min = 1, max = 3 }
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

run "falco_without_its_image" {
  command = plan

  variables {
    falco_image = "none"
  }

  expect_failures = [var.falco_image]
}

run "no_falco_and_its_image" {
  command = plan

  variables {
    runtime       = "ecs-fargate"
    falco_enabled = false
  }

  expect_failures = [var.falco_image]
}

run "fargate" {
  command = plan

  variables {
    runtime       = "ecs-fargate"
    falco_enabled = false
    falco_image   = "none"
  }

  assert {
    condition     = output.staging_autoscaling_group_name == "none"
    error_message = "no hosts"
  }
}

run "names_that_only_begin_alike" {
  command = plan

  variables {
    project = "sgx"
  }

  assert {
    condition     = output.staging_autoscaling_group_name == "sgx-dev-staging"
    error_message = "what AWS does not keep is free"
  }
}

run "capacity_providers_are_not_called_so" {
  command = plan

  variables {
    project = "ecs-shop"
  }

  expect_failures = [var.project]
}

run "nor_for_aws" {
  command = plan

  variables {
    project = "awsome"
  }

  expect_failures = [var.project]
}

run "nor_for_fargate" {
  command = plan

  variables {
    project = "fargate"
  }

  expect_failures = [var.project]
}

run "load_balancers_are_not_called_so" {
  command = plan

  variables {
    project = "internal-shop"
  }

  expect_failures = [var.project]
}

run "security_groups_are_not_called_so" {
  command = plan

  variables {
    project = "sg"
  }

  expect_failures = [var.project]
}

run "buckets_are_not_called_so" {
  command = plan

  variables {
    project = "sthree-shop"
  }

  expect_failures = [var.project]
}

run "nor_as_examples" {
  command = plan

  variables {
    project = "amzn-s3-demo"
  }

  expect_failures = [var.project]
}

run "production_unprotected" {
  command = plan

  variables {
    environment = "production"
    protected   = false
  }

  expect_failures = [var.protected]
}
