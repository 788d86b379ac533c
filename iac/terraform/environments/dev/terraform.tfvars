# Figures of dev: small, and within the free tier as far as there is one.

vpc_cidr           = "10.0.0.0/16"
availability_zones = 2

# One small machine for both zones; whoever loses it loses dev.
nat                       = "instance"
nat_per_availability_zone = false

container_port = 8080

# Of the example; ECS doesn't read the image's own.
health_check_command = ["CMD", "python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/health', timeout=4)"]

task_cpu    = 256
task_memory = 512

# Two t3.small have network interfaces for four tasks: two, and two of the next revision beside them. With one host at least,
# whoever loses it waits for another.
production_tasks         = { min = 1, max = 2 }
production_instance_type = "t3.small"
production_hosts         = { min = 1, max = 2 }

keep_images = 30

database = { enabled = false, instance_class = "db.t3.micro" }

# What has been tried can be thrown away.
retention_mode = "GOVERNANCE"
protected      = false
