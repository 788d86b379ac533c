locals {
  instances = toset(var.nat == "instance" ? local.nat_zones : [])
  gateways  = toset(var.nat == "gateway" ? local.nat_zones : [])

  # Families of Graviton have a `g` behind their number: t4g, c7gn, but not g4dn.
  architecture = can(regex("^[a-z]+[0-9]+g", var.nat_instance_type)) ? "arm64" : "x86_64"
}

resource "aws_eip" "nat" {
  for_each = toset(local.nat_zones)

  domain = "vpc"
  tags   = merge(local.tags, { Name = "${local.name}-nat-${each.key}" })
}

# --- gateways ---

resource "aws_nat_gateway" "main" {
  for_each = local.gateways

  subnet_id     = aws_subnet.public[each.key].id
  allocation_id = aws_eip.nat[each.key].id
  tags          = merge(local.tags, { Name = "${local.name}-${each.key}" })

  depends_on = [aws_route.public]
}

# --- instances ---

data "aws_ssm_parameter" "image" {
  count = length(local.instances) == 0 ? 0 : 1

  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${local.architecture}"
}

resource "aws_instance" "nat" {
  #checkov:skip=CKV_AWS_126:a reading each minute costs more than the machine; each five minutes is free
  for_each = local.instances

  ami           = data.aws_ssm_parameter.image[0].insecure_value
  instance_type = var.nat_instance_type
  subnet_id     = aws_subnet.public[each.key].id
  ebs_optimized = true

  # It passes on packages that are neither from nor for itself.
  source_dest_check      = false
  vpc_security_group_ids = [aws_security_group.nat.id]

  # Sessions go through Systems Manager: no key, no port 22.
  iam_instance_profile = aws_iam_instance_profile.nat[0].name

  user_data                   = replace(file("${path.module}/nat.sh"), "PRIVATE_SUBNETS", join(" ", var.private_subnet_cidrs))
  user_data_replace_on_change = true

  metadata_options {
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }

  root_block_device {
    encrypted   = true
    volume_type = "gp3"
    volume_size = 8
  }

  tags = merge(local.tags, { Name = "${local.name}-nat-${each.key}" })

  # A newer image is no reason to cut everybody off in the middle of something else: `terraform apply -replace=…` is.
  lifecycle {
    ignore_changes = [ami]
  }

  depends_on = [aws_route.public]
}

resource "aws_eip_association" "nat" {
  for_each = local.instances

  allocation_id = aws_eip.nat[each.key].id
  instance_id   = aws_instance.nat[each.key].id
}

resource "aws_iam_role" "nat" {
  count = length(local.instances) == 0 ? 0 : 1

  name = "${local.name}-nat"
  tags = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "ec2.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

# To be reached through Session Manager, and nothing else. The policy of AWS for that lets a machine read every parameter of the
# account, and these are the only ones with public addresses.
resource "aws_iam_role_policy" "nat" {
  count = length(local.instances) == 0 ? 0 : 1

  name = "session"
  role = aws_iam_role.nat[0].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid      = "BeKnownToSystemsManager"
        Effect   = "Allow"
        Action   = "ssm:UpdateInstanceInformation"
        Resource = "arn:${data.aws_partition.current.partition}:ec2:${data.aws_region.current.name}:${data.aws_caller_identity.current.account_id}:instance/*"
      },
      {
        # These have no resource to name.
        Sid    = "CarrySessions"
        Effect = "Allow"
        Action = [
          "ssmmessages:CreateControlChannel",
          "ssmmessages:CreateDataChannel",
          "ssmmessages:OpenControlChannel",
          "ssmmessages:OpenDataChannel",
        ]
        Resource = "*"
      },
    ]
  })
}

resource "aws_iam_instance_profile" "nat" {
  count = length(local.instances) == 0 ? 0 : 1

  name = "${local.name}-nat"
  role = aws_iam_role.nat[0].name
  tags = local.tags
}
