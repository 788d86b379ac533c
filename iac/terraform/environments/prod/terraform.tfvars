# Figures of production. Its addresses don't meet those of dev.

vpc_cidr           = "10.1.0.0/16"
availability_zones = 3

nat                       = "gateway"
nat_per_availability_zone = true

container_port = 8080

# Of the example; ECS doesn't read the image's own.
health_check_command = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]

task_cpu    = 512
task_memory = 1024

# Two t3.xlarge have network interfaces for six tasks: three, and three of the next revision beside them.
production_tasks         = { min = 3, max = 6 }
production_instance_type = "t3.xlarge"

database = { enabled = true, instance_class = "db.t3.small" }

retention_mode = "COMPLIANCE"
protected      = true
