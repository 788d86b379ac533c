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

# Four t3.xlarge have network interfaces for twelve tasks: six, and six of the next revision beside them. Two hosts at least
# stand in two zones, so that neither host nor zone is missed when it is lost.
production_tasks         = { min = 3, max = 6 }
production_instance_type = "t3.xlarge"
production_hosts         = { min = 2, max = 4 }

# Production is deployed to less often than images are pushed, and what runs has to stay.
keep_images = 200

database = { enabled = true, instance_class = "db.t3.small" }

retention_mode = "COMPLIANCE"
protected      = true
