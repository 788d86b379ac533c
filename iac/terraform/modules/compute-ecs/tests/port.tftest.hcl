# The port of a service that is there.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }
  mock_resource "aws_lb" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:loadbalancer/app/shop/0" }
  }
  mock_resource "aws_lb_listener" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/shop/0/0" }
  }
  mock_resource "aws_lb_listener_rule" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener-rule/app/shop/0/0/0" }
  }
  mock_resource "aws_lb_target_group" {
    defaults = { arn = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/shop/0" }
  }
}

variables {
  project                              = "shop"
  environment                          = "dev"
  vpc_id                               = "vpc-1"
  public_subnet_ids                    = ["subnet-1", "subnet-2"]
  private_subnet_ids                   = ["subnet-3", "subnet-4"]
  production_alb_security_group_id     = "sg-1"
  staging_alb_security_group_id        = "sg-2"
  production_service_security_group_id = "sg-3"
  staging_service_security_group_id    = "sg-4"
  task_execution_role_arn              = "arn:aws:iam::123456789012:role/execution"
  task_role_arn                        = "arn:aws:iam::123456789012:role/task"
  repository_url                       = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop"
  access_log_bucket_name               = "logs"
  domain_name                          = "shop.example.org"
  certificate_arn                      = "arn:aws:acm:eu-central-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
  log_key_arn                          = "arn:aws:kms:eu-central-1:123456789012:key/00000000-0000-0000-0000-000000000000"
  launch_type                          = "FARGATE"
  falco_enabled                        = false
}

run "made_with_one" {
  assert {
    condition     = alltrue([for service in aws_ecs_service.stage : one(service.load_balancer).container_port == 8080])
    error_message = "the port that was given"
  }
}

run "another_is_refused_before_anything_is_changed" {
  command = plan

  variables {
    container_port = 5000
  }

  expect_failures = [aws_ecs_service.stage]
}

run "another_needs_no_other_target_groups" {
  command = plan

  variables {
    container_port = 5000
  }

  plan_options {
    replace = [aws_ecs_service.stage["staging"], aws_ecs_service.stage["production"]]
  }

  assert {
    condition = (
      alltrue([for service in aws_ecs_service.stage : one(service.load_balancer).container_port == 5000]) &&
      alltrue([for group in aws_lb_target_group.colour : group.port == 8080])
    )
    error_message = "services take it, target groups stay"
  }
}
