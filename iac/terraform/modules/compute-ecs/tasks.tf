locals {
  # Nothing has this digest, so nothing can be pulled by it: until something has passed the gates and is deployed by its own
  # digest, nothing runs.
  nothing = "${var.repository_url}@sha256:${join("", [for _ in range(64) : "0"])}"

  falco_memory = 256
  falco_cpu    = 128

  # A file system that can't be written, and beside it a little that is gone with the task and that nothing is run from.
  scratch = [{ containerPath = "/tmp", size = 64, mountOptions = ["rw", "noexec", "nosuid", "nodev"] }]

  # By the names that clients of PostgreSQL know. There is no password: the task's role signs a token, for this region.
  database = {
    for name in keys(local.stages) : name => var.database == null ? [] : [
      { name = "PGHOST", value = var.database.host },
      { name = "PGPORT", value = tostring(var.database.port) },
      { name = "PGDATABASE", value = var.database.names[name] },
      { name = "PGUSER", value = var.database.names[name] },
      { name = "AWS_REGION", value = local.region },
    ]
  }

  application = {
    for name, stage in local.stages : name => merge(
      {
        name                   = "application"
        image                  = local.nothing
        essential              = true
        user                   = var.container_user
        readonlyRootFilesystem = true
        privileged             = false
        cpu                    = var.task_cpu
        memory                 = var.task_memory
        linuxParameters        = { initProcessEnabled = true, capabilities = { add = [], drop = ["ALL"] }, tmpfs = local.scratch }
        environment            = concat([{ name = "PORT", value = tostring(var.container_port) }], local.database[name])
        portMappings           = [{ name = "http", containerPort = var.container_port, hostPort = var.container_port, protocol = "tcp" }]
        mountPoints            = []
        volumesFrom            = []
        systemControls         = []
        logConfiguration = {
          logDriver = "awslogs"
          options = {
            awslogs-group         = aws_cloudwatch_log_group.application[name].name
            awslogs-region        = local.region
            awslogs-stream-prefix = "application"
          }
        }
      },
      # Fargate doesn't take it.
      local.on_hosts ? { dockerSecurityOptions = ["no-new-privileges"] } : {},
      length(var.health_check_command) == 0 ? {} : {
        healthCheck = { command = var.health_check_command, interval = 30, timeout = 5, retries = 3, startPeriod = 60 }
      },
      # Production doesn't begin before it is watched.
      stage.falco ? { dependsOn = [{ containerName = "falco", condition = "START" }] } : {},
    )
  }

  # Falco reads the kernel's events with its modern eBPF probe, which is part of the program: no module is loaded and nothing
  # is built on the host. It isn't privileged and doesn't get the socket of Docker, which is root by another name; alerts
  # carry the container's id without it. ECS has no name for the capabilities BPF and PERFMON, so SYS_ADMIN stands for both.
  falco = {
    name                   = "falco"
    image                  = var.falco_image
    essential              = true
    readonlyRootFilesystem = true
    privileged             = false
    cpu                    = local.falco_cpu
    memory                 = local.falco_memory
    memoryReservation      = 128
    command = [
      "/usr/bin/falco",
      "-o", "engine.kind=modern_ebpf",
      "-o", "json_output=true",
      "-o", "stdout_output.enabled=true",
      # Once an hour it says how much it has seen and dropped: without that, silence would prove nothing.
      "-o", "metrics.enabled=true",
      "-o", "metrics.interval=1h",
      "-o", "metrics.output_rule=true",
    ]
    linuxParameters = {
      capabilities = { add = ["SYS_ADMIN", "SYS_PTRACE", "SYS_RESOURCE"], drop = ["ALL"] }
      tmpfs        = local.scratch
    }
    dockerSecurityOptions = ["no-new-privileges"]
    environment           = []
    portMappings          = []
    systemControls        = []
    volumesFrom           = []
    mountPoints = [
      { sourceVolume = "proc", containerPath = "/host/proc", readOnly = true },
      { sourceVolume = "etc", containerPath = "/host/etc", readOnly = true },
    ]
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.falco.name
        awslogs-region        = local.region
        awslogs-stream-prefix = "falco"
      }
    }
  }
}

# The first revision of each family. Every later one is registered by the pipeline, which copies the newest and puts another
# digest into it.
resource "aws_ecs_task_definition" "stage" {
  for_each = local.stages

  family                   = "${local.prefix}-${each.key}"
  requires_compatibilities = [var.launch_type]
  network_mode             = "awsvpc"
  cpu                      = var.task_cpu + (each.value.falco && local.on_hosts ? local.falco_cpu : 0)
  memory                   = var.task_memory + (each.value.falco && local.on_hosts ? local.falco_memory : 0)
  execution_role_arn       = var.task_execution_role_arn
  task_role_arn            = var.task_role_arn
  skip_destroy             = true
  tags                     = var.tags

  container_definitions = jsonencode(concat([local.application[each.key]], each.value.falco ? [local.falco] : []))

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = upper(local.architecture)
  }

  # What Falco reads of its host, and only reads.
  dynamic "volume" {
    for_each = each.value.falco ? { proc = "/proc", etc = "/etc" } : {}

    content {
      name      = volume.key
      host_path = volume.value
    }
  }
}
