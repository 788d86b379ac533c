module "factory" {
  source = "../../modules/factory"

  project                 = var.project
  environment             = var.environment
  domain_name             = var.domain_name
  certificate_arn         = var.certificate_arn
  runtime                 = var.runtime
  falco_enabled           = var.falco_enabled
  falco_image             = var.falco_image
  sidecar_repository_arns = var.sidecar_repository_arns
  github                  = var.github
  detection               = var.detection
  administrator_role_arns = var.administrator_role_arns
  tools_writer_arns       = var.tools_writer_arns
  deploy_role_arns        = var.deploy_role_arns
  public_access_cidrs     = var.public_access_cidrs

  vpc_cidr                  = var.vpc_cidr
  availability_zones        = var.availability_zones
  nat                       = var.nat
  nat_per_availability_zone = var.nat_per_availability_zone
  container_port            = var.container_port
  health_check_command      = var.health_check_command
  task_cpu                  = var.task_cpu
  task_memory               = var.task_memory
  production_tasks          = var.production_tasks
  production_instance_type  = var.production_instance_type
  production_hosts          = var.production_hosts
  keep_images               = var.keep_images
  database                  = var.database
  retention_mode            = var.retention_mode
  protected                 = var.protected
}
