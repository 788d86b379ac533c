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

  mock_data "aws_ssm_parameter" {
    defaults = { insecure_value = "ami-00000000000000000" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:/aws/vpc/shop-dev/flow" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/shop-dev-flow-log" }
  }
}

variables {
  project            = "shop"
  environment        = "dev"
  availability_zones = ["eu-central-1a", "eu-central-1b"]
  log_key_arn        = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "production_is_open_on_80_and_443" {
  assert {
    condition = alltrue([
      for name, port in { http = 80, https = 443 } :
      aws_vpc_security_group_ingress_rule.production_alb[name].from_port == port &&
      aws_vpc_security_group_ingress_rule.production_alb[name].to_port == port &&
      aws_vpc_security_group_ingress_rule.production_alb[name].cidr_ipv4 == "0.0.0.0/0" &&
      aws_vpc_security_group_ingress_rule.production_alb[name].security_group_id == aws_security_group.production_alb.id
    ]) && length(aws_vpc_security_group_ingress_rule.production_alb) == 2
    error_message = "The one public entry: 80 and 443."
  }
}

run "staging_is_reached_by_builds_only" {
  assert {
    condition = alltrue([
      for rule in aws_vpc_security_group_ingress_rule.staging_alb :
      rule.security_group_id == aws_security_group.staging_alb.id && rule.referenced_security_group_id == aws_security_group.build.id && rule.cidr_ipv4 == null
    ]) && toset([for rule in aws_vpc_security_group_ingress_rule.staging_alb : rule.from_port]) == toset([80, 443])
    error_message = "No addresses: only the group of builds."
  }
}

run "containers_are_reached_by_their_load_balancer_only" {
  assert {
    condition = alltrue(concat(
      [for rule in aws_vpc_security_group_ingress_rule.production_service : rule.security_group_id == aws_security_group.production_service.id && rule.referenced_security_group_id == aws_security_group.production_alb.id && rule.cidr_ipv4 == null],
      [for rule in aws_vpc_security_group_ingress_rule.staging_service : rule.security_group_id == aws_security_group.staging_service.id && rule.referenced_security_group_id == aws_security_group.staging_alb.id && rule.cidr_ipv4 == null],
    ))
    error_message = "By group, each by its own."
  }

  assert {
    condition = alltrue([
      for rules in [aws_vpc_security_group_ingress_rule.production_service, aws_vpc_security_group_egress_rule.production_alb, aws_vpc_security_group_ingress_rule.staging_service, aws_vpc_security_group_egress_rule.staging_alb] :
      { for name, rule in rules : name => [rule.from_port, rule.to_port] } == { container = [8080, 8080], dynamic = [32768, 65535] }
    ])
    error_message = "What the load balancer may send is what the containers let in: otherwise none is ever healthy."
  }

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_egress_rule.production_alb["container"], aws_vpc_security_group_egress_rule.production_alb["dynamic"]] :
      rule.referenced_security_group_id == aws_security_group.production_service.id
    ])
    error_message = "The public load balancer reaches production's containers, and nothing else inside."
  }
}

run "fixed_ports_only" {
  variables {
    container_port     = 5000
    dynamic_host_ports = false
  }

  assert {
    condition     = { for name, rule in aws_vpc_security_group_ingress_rule.production_service : name => [rule.from_port, rule.to_port] } == { container = [5000, 5000] }
    error_message = "Without bridge mode only the container's port is open."
  }
}

run "containers_pull_images_and_reach_the_database" {
  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_egress_rule.production_service_https, aws_vpc_security_group_egress_rule.staging_service_https] :
      rule.from_port == 443 && rule.to_port == 443
    ])
    error_message = "Without a way to the registry no container starts."
  }

  assert {
    condition = alltrue([
      for rule in [aws_vpc_security_group_ingress_rule.database_production, aws_vpc_security_group_ingress_rule.database_staging] :
      rule.security_group_id == aws_security_group.database.id && rule.from_port == 5432 && rule.to_port == 5432 && rule.cidr_ipv4 == null
      ]) && (
      aws_vpc_security_group_ingress_rule.database_production.referenced_security_group_id == aws_security_group.production_service.id &&
      aws_vpc_security_group_ingress_rule.database_staging.referenced_security_group_id == aws_security_group.staging_service.id
    )
    error_message = "Databases are reached by containers only."
  }
}

run "builds_go_out_only" {
  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.build : rule.from_port]) == toset([80, 443])
    error_message = "The web, and nothing else."
  }
}

run "nat_lets_out_the_web_and_names" {
  assert {
    condition = toset([for rule in aws_vpc_security_group_ingress_rule.nat : "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port} ${rule.ip_protocol}"]) == toset(flatten([
      for cidr in ["10.0.3.0/24", "10.0.4.0/24"] : ["${cidr} 80-80 tcp", "${cidr} 443-443 tcp", "${cidr} 53-53 tcp", "${cidr} 53-53 udp"]
    ]))
    error_message = "80, 443 and 53 from private subnets, and nothing from anywhere else."
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_egress_rule.nat : "${rule.from_port} ${rule.ip_protocol}"]) == toset(["80 tcp", "443 tcp", "53 tcp", "53 udp"])
    error_message = "What comes in for others is what goes out."
  }
}
