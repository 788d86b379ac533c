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

run "two_zones_with_a_public_and_a_private_subnet_each" {
  assert {
    condition     = aws_vpc.main.cidr_block == "10.0.0.0/16" && aws_vpc.main.enable_dns_support && aws_vpc.main.enable_dns_hostnames
    error_message = "One network, whose machines have names."
  }

  assert {
    condition = (
      { for zone, subnet in aws_subnet.public : zone => subnet.cidr_block } == { eu-central-1a = "10.0.1.0/24", eu-central-1b = "10.0.2.0/24" } &&
      { for zone, subnet in aws_subnet.private : zone => subnet.cidr_block } == { eu-central-1a = "10.0.3.0/24", eu-central-1b = "10.0.4.0/24" } &&
      alltrue([for subnets in [aws_subnet.public, aws_subnet.private] : alltrue([for zone, subnet in subnets : subnet.availability_zone == zone])])
    )
    error_message = "The first of the list stands in the first zone."
  }

  assert {
    condition     = alltrue([for subnet in aws_subnet.public : !subnet.map_public_ip_on_launch])
    error_message = "A machine in a public subnet has no public address unless it is given one."
  }

  assert {
    condition = (
      output.public_subnet_ids == [aws_subnet.public["eu-central-1a"].id, aws_subnet.public["eu-central-1b"].id] &&
      output.private_subnet_ids == [aws_subnet.private["eu-central-1a"].id, aws_subnet.private["eu-central-1b"].id] &&
      output.database_subnet_ids == []
    )
    error_message = "Outputs stand in the order of the zones."
  }

  assert {
    condition     = aws_route.public.destination_cidr_block == "0.0.0.0/0" && aws_route.public.gateway_id == aws_internet_gateway.main.id && length(aws_route_table_association.public) == 2
    error_message = "Public subnets reach the world by the internet gateway."
  }
}

run "nat_instances_by_default" {
  assert {
    condition     = keys(aws_instance.nat) == ["eu-central-1a", "eu-central-1b"] && length(aws_nat_gateway.main) == 0
    error_message = "One instance in each zone, and no gateway, which costs by the hour."
  }

  assert {
    condition     = alltrue([for zone, instance in aws_instance.nat : !instance.source_dest_check && instance.subnet_id == aws_subnet.public[zone].id && instance.vpc_security_group_ids == toset([aws_security_group.nat.id])])
    error_message = "It passes on what is not for itself, and stands where the world is."
  }

  assert {
    condition = alltrue([
      for zone in var.availability_zones :
      aws_route.private[zone].route_table_id == aws_route_table.private[zone].id &&
      aws_route.private[zone].destination_cidr_block == "0.0.0.0/0" &&
      aws_route.private[zone].network_interface_id == aws_instance.nat[zone].primary_network_interface_id &&
      aws_route_table_association.private[zone].route_table_id == aws_route_table.private[zone].id
    ])
    error_message = "Each private subnet leaves by the instance of its own zone, by a route that the state knows."
  }

  assert {
    condition = alltrue([
      for instance in aws_instance.nat :
      instance.metadata_options[0].http_tokens == "required" && instance.metadata_options[0].http_put_response_hop_limit == 1 && instance.root_block_device[0].encrypted
    ])
    error_message = "Metadata asks for a token, and the disk is encrypted."
  }

  assert {
    condition = (
      toset(flatten([for statement in jsondecode(aws_iam_role_policy.nat[0].policy).Statement : statement.Action])) ==
      toset(["ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]) &&
      aws_iam_instance_profile.nat[0].role == aws_iam_role.nat[0].name
    )
    error_message = "It is reached through Session Manager, and may nothing else: no parameter, no secret."
  }

  assert {
    condition     = strcontains(aws_instance.nat["eu-central-1a"].user_data, "<<< \"10.0.3.0/24 10.0.4.0/24\"") && !strcontains(aws_instance.nat["eu-central-1a"].user_data, "PRIVATE_SUBNETS")
    error_message = "It lets out the private subnets, by their addresses."
  }

  assert {
    condition     = data.aws_ssm_parameter.image[0].name == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64"
    error_message = "The image fits the processor."
  }
}

run "graviton" {
  variables {
    nat_instance_type = "t4g.nano"
  }

  assert {
    condition     = data.aws_ssm_parameter.image[0].name == "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
    error_message = "The image fits the processor."
  }
}

run "nat_gateways_by_switch" {
  variables {
    nat = "gateway"
  }

  assert {
    condition     = keys(aws_nat_gateway.main) == ["eu-central-1a", "eu-central-1b"] && length(aws_instance.nat) == 0 && length(aws_iam_role.nat) + length(aws_iam_role_policy.nat) == 0
    error_message = "Gateways instead of instances, and nothing left of those."
  }

  assert {
    condition     = alltrue([for zone in var.availability_zones : aws_route.private[zone].nat_gateway_id == aws_nat_gateway.main[zone].id && aws_nat_gateway.main[zone].allocation_id == aws_eip.nat[zone].id])
    error_message = "Each private subnet leaves by the gateway of its own zone."
  }
}

run "one_nat_for_all" {
  variables {
    nat                       = "gateway"
    nat_per_availability_zone = false
  }

  assert {
    condition     = keys(aws_nat_gateway.main) == ["eu-central-1a"] && alltrue([for route in aws_route.private : route.nat_gateway_id == aws_nat_gateway.main["eu-central-1a"].id])
    error_message = "All leave by the one in the first zone."
  }
}

run "three_zones_with_subnets_for_databases" {
  variables {
    availability_zones    = ["eu-central-1c", "eu-central-1a", "eu-central-1b"]
    vpc_cidr              = "10.1.0.0/16"
    public_subnet_cidrs   = ["10.1.0.0/24", "10.1.1.0/24", "10.1.2.0/24"]
    private_subnet_cidrs  = ["10.1.100.0/24", "10.1.101.0/24", "10.1.102.0/24"]
    database_subnet_cidrs = ["10.1.5.0/24", "10.1.6.0/24", "10.1.7.0/24"]
  }

  assert {
    condition     = output.private_subnet_ids[0] == aws_subnet.private["eu-central-1c"].id && output.database_subnet_ids[0] == aws_subnet.database["eu-central-1c"].id
    error_message = "Outputs stand in the order of the zones, not of their names."
  }

  assert {
    condition     = alltrue([for zone in var.availability_zones : aws_route_table_association.database[zone].route_table_id == aws_route_table.database[0].id]) && length([for route in values(aws_route.private) : route if route.route_table_id == aws_route_table.database[0].id]) == 0
    error_message = "Databases have no way out."
  }
}

run "flow_log" {
  assert {
    condition     = aws_flow_log.main.traffic_type == "ALL" && aws_flow_log.main.log_destination == aws_cloudwatch_log_group.flow.arn
    error_message = "What was let through and what was refused is written down."
  }

  assert {
    condition     = aws_cloudwatch_log_group.flow.retention_in_days == 365 && aws_cloudwatch_log_group.flow.kms_key_id == var.log_key_arn
    error_message = "It ends, and is encrypted."
  }

  assert {
    condition = (
      { for statement in jsondecode(aws_iam_role_policy.flow.policy).Statement : join(" ", flatten([statement.Action])) => flatten([statement.Resource]) } == {
        "logs:CreateLogStream logs:DescribeLogStreams logs:PutLogEvents" = [aws_cloudwatch_log_group.flow.arn, "${aws_cloudwatch_log_group.flow.arn}:*"]
        "logs:DescribeLogGroups"                                         = ["arn:aws:logs:eu-central-1:111122223333:log-group:*"]
      } &&
      jsondecode(aws_iam_role.flow.assume_role_policy).Statement[0].Condition.StringEquals["aws:SourceAccount"] == "111122223333"
    )
    error_message = "The role writes to this log group alone, and for this account alone; it may look for it among all."
  }
}

run "endpoints" {
  variables {
    interface_endpoints = ["ecr.api", "ecr.dkr"]
  }

  assert {
    condition     = aws_vpc_endpoint.s3.vpc_endpoint_type == "Gateway" && length(aws_vpc_endpoint.s3.route_table_ids) == 2
    error_message = "S3 is reached without NAT from both private subnets."
  }

  assert {
    condition     = alltrue([for name in ["ecr.api", "ecr.dkr"] : aws_vpc_endpoint.interface[name].service_name == "com.amazonaws.eu-central-1.${name}" && aws_vpc_endpoint.interface[name].private_dns_enabled])
    error_message = "The registry is reached inside the network under its own name."
  }

  assert {
    condition     = toset([for rule in aws_vpc_security_group_ingress_rule.endpoint : "${rule.cidr_ipv4} ${rule.from_port}-${rule.to_port} ${rule.ip_protocol}"]) == toset(["10.0.3.0/24 443-443 tcp", "10.0.4.0/24 443-443 tcp"])
    error_message = "Whoever stands in a private subnet, hosts and nodes too, and nobody else."
  }
}
