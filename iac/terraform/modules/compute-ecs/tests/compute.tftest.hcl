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
  mock_data "aws_ec2_instance_type" {
    defaults = { maximum_network_interfaces = 4, supported_architectures = ["x86_64"] }
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
  falco_image                          = "registry.example/falco@sha256:1111111111111111111111111111111111111111111111111111111111111111"
}

run "hosts" {
  command = plan

  assert {
    condition = alltrue([
      aws_autoscaling_group.stage["staging"].min_size == 0,
      aws_autoscaling_group.stage["staging"].desired_capacity == 0,
      aws_autoscaling_group.stage["staging"].max_size == 2,
      aws_autoscaling_group.stage["production"].min_size == 1,
      aws_autoscaling_group.stage["production"].desired_capacity == 1,
      aws_autoscaling_group.stage["production"].max_size == 2,
    ])
    error_message = "staging 0-0-2, production 1-1-2"
  }

  assert {
    condition     = output.staging_autoscaling_group_name == "shop-dev-staging" && output.falco_log_group_name == "/shop/dev/falco"
    error_message = "names"
  }

  assert {
    condition     = output.staging_url == "https://staging.shop.example.org" && output.production_url == "https://shop.example.org"
    error_message = "addresses"
  }

  assert {
    condition = alltrue([
      for stage in ["staging", "production"] :
      aws_lb_target_group.colour["${stage}-blue"].port == var.container_port &&
      aws_lb_target_group.colour["${stage}-green"].port == var.container_port &&
      one(aws_ecs_service.stage[stage].load_balancer).container_port == var.container_port
    ])
    error_message = "one port from end to end"
  }
}

run "fargate" {
  command = plan

  variables {
    launch_type   = "FARGATE"
    falco_enabled = false
    falco_image   = null
  }

  assert {
    condition     = length(aws_autoscaling_group.stage) == 0 && length(aws_launch_template.stage) == 0 && length(aws_iam_role.host) == 0
    error_message = "no hosts"
  }

  assert {
    condition     = output.staging_autoscaling_group_name == "none" && output.falco_log_group_name != ""
    error_message = "no output is empty"
  }

  assert {
    condition = alltrue([
      for stage in ["staging", "production"] :
      one(aws_ecs_service.stage[stage].capacity_provider_strategy).capacity_provider == "FARGATE" &&
      contains(aws_ecs_task_definition.stage[stage].requires_compatibilities, "FARGATE") &&
      length(aws_ecs_task_definition.stage[stage].volume) == 0 &&
      [for container in jsondecode(aws_ecs_task_definition.stage[stage].container_definitions) : container.name] == ["application"] &&
      aws_ecs_task_definition.stage[stage].cpu == "256" && aws_ecs_task_definition.stage[stage].memory == "512"
    ])
    error_message = "tasks for Fargate"
  }
}

run "a_database_for_each_stage_and_no_password" {
  command = plan

  variables {
    database = { host = "db.example.internal", port = 5432, names = { staging = "shop_staging", production = "shop" } }
  }

  assert {
    condition = {
      for stage, task in aws_ecs_task_definition.stage : stage => { for one in jsondecode(task.container_definitions)[0].environment : one.name => one.value }
      } == {
      staging    = { PORT = "8080", PGHOST = "db.example.internal", PGPORT = "5432", PGDATABASE = "shop_staging", PGUSER = "shop_staging", AWS_REGION = "eu-central-1" }
      production = { PORT = "8080", PGHOST = "db.example.internal", PGPORT = "5432", PGDATABASE = "shop", PGUSER = "shop", AWS_REGION = "eu-central-1" }
    }
    error_message = "where it is and who asks; nothing that has to be kept"
  }
}

run "no_database" {
  command = plan

  assert {
    condition     = alltrue([for task in aws_ecs_task_definition.stage : [for one in jsondecode(task.container_definitions)[0].environment : one.name] == ["PORT"]])
    error_message = "nothing is said of a database that is not there"
  }
}

run "one_database_for_both_stages" {
  command = plan

  variables {
    database = { host = "db.example.internal", port = 5432, names = { staging = "shop", production = "shop" } }
  }

  expect_failures = [var.database]
}

run "one_port_for_all" {
  command = plan

  variables {
    container_port = 5000
  }

  assert {
    condition = alltrue([
      for stage in ["staging", "production"] :
      aws_lb_target_group.colour["${stage}-blue"].port == 5000 && one(aws_ecs_service.stage[stage].load_balancer).container_port == 5000
    ])
    error_message = "the port is taken from one place"
  }
}

run "too_few_interfaces" {
  command = plan

  variables {
    production_tasks    = { min = 1, max = 4 }
    production_capacity = { instance_type = "t3.xlarge", min = 1, desired = 1, max = 2 }
  }

  expect_failures = [aws_ecs_service.stage["production"]]
}

run "hosts_for_both_revisions" {
  command = plan

  variables {
    production_tasks    = { min = 3, max = 6 }
    production_capacity = { instance_type = "t3.xlarge", min = 2, desired = 2, max = 4 }
  }

  assert {
    condition     = aws_autoscaling_group.stage["production"].max_size == 4
    error_message = "room for twelve tasks"
  }
}

run "hosts_that_can_not_run_the_images" {
  command = plan

  override_data {
    target = data.aws_ec2_instance_type.stage
    values = { maximum_network_interfaces = 4, supported_architectures = ["arm64"] }
  }

  expect_failures = [aws_launch_template.stage]
}

run "falco_on_fargate" {
  command = plan

  variables {
    launch_type = "FARGATE"
  }

  expect_failures = [var.falco_enabled]
}

run "falco_without_image" {
  command = plan

  variables {
    falco_image = null
  }

  expect_failures = [var.falco_image]
}

run "falco_by_tag" {
  command = plan

  variables {
    falco_image = "registry.example/falco:latest"
  }

  expect_failures = [var.falco_image]
}

run "bad_values" {
  command = plan

  variables {
    project                 = "Shop_1"
    environment             = "staging"
    public_subnet_ids       = ["subnet-1"]
    private_subnet_ids      = []
    repository_url          = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/shop:latest"
    domain_name             = "https://shop.example.org"
    certificate_arn         = ""
    launch_type             = "EXTERNAL"
    container_port          = 80
    container_user          = "0:0"
    health_check_path       = "health"
    health_check_command    = ["curl", "localhost"]
    task_cpu                = 300
    production_tasks        = { min = 2, max = 7 }
    staging_capacity        = { instance_type = "t3.small", min = 1, desired = 0, max = 2 }
    production_capacity     = { instance_type = "t3.small", min = 0, desired = 0, max = 2 }
    log_retention_days      = 7
    log_key_arn             = "alias/logs"
    task_role_arn           = "task"
    task_execution_role_arn = "arn:aws:iam::aws:policy/AdministratorAccess"
  }

  expect_failures = [
    var.project,
    var.environment,
    var.public_subnet_ids,
    var.private_subnet_ids,
    var.repository_url,
    var.domain_name,
    var.certificate_arn,
    var.launch_type,
    var.container_port,
    var.container_user,
    var.health_check_path,
    var.health_check_command,
    var.task_cpu,
    var.production_tasks,
    var.staging_capacity,
    var.production_capacity,
    var.log_retention_days,
    var.log_key_arn,
    var.task_role_arn,
    var.task_execution_role_arn,
  ]
}

run "memory_that_fargate_does_not_take" {
  command = plan

  variables {
    task_cpu    = 1024
    task_memory = 512
  }

  expect_failures = [var.task_memory]
}

run "more_at_least_than_at_most" {
  command = plan

  variables {
    production_tasks = { min = 4, max = 3 }
  }

  expect_failures = [var.production_tasks]
}

run "a_project_too_long_for_load_balancers" {
  command = plan

  variables {
    project = "a-very-long-name1"
  }

  expect_failures = [var.project]
}
