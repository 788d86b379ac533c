output "vpc_id" {
  description = "The network."
  value       = aws_vpc.main.id
}

output "vpc_cidr" {
  description = "Its addresses."
  value       = aws_vpc.main.cidr_block
}

output "public_subnet_ids" {
  description = "Public subnets, in the order of the zones."
  value       = [for zone in var.availability_zones : aws_subnet.public[zone].id]
}

output "private_subnet_ids" {
  description = "Private subnets, in the order of the zones. Whoever starts in one waits for its way out."
  value       = [for zone in var.availability_zones : aws_subnet.private[zone].id]
  depends_on  = [aws_route.private]
}

output "database_subnet_ids" {
  description = "Subnets for databases, in the order of the zones; none if none were asked for."
  value       = [for zone in var.availability_zones : aws_subnet.database[zone].id if contains(keys(local.database_subnets), zone)]
}

output "nat_public_ips" {
  description = "Addresses from which the private subnets are seen outside."
  value       = [for zone in local.nat_zones : aws_eip.nat[zone].public_ip]
}

output "production_alb_security_group_id" {
  description = "Group of production's load balancer: 80 and 443 from the world."
  value       = aws_security_group.production_alb.id
}

output "staging_alb_security_group_id" {
  description = "Group of staging's load balancer: 80 and 443 from builds only."
  value       = aws_security_group.staging_alb.id
}

output "production_service_security_group_id" {
  description = "Group of production's containers and instances: from its load balancer only."
  value       = aws_security_group.production_service.id
}

output "staging_service_security_group_id" {
  description = "Group of staging's containers and instances: from its load balancer only."
  value       = aws_security_group.staging_service.id
}

output "build_security_group_id" {
  description = "Group of builds: nothing may come in."
  value       = aws_security_group.build.id
}

output "database_security_group_id" {
  description = "Group of databases: 5432 from the containers only."
  value       = aws_security_group.database.id
}

output "flow_log_group_name" {
  description = "Log group of the network's flow log."
  value       = aws_cloudwatch_log_group.flow.name
}
