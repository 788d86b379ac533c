resource "aws_iam_role" "cluster" {
  name        = "${local.prefix}-kubernetes"
  description = "Control planes of ${local.prefix}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "eks.amazonaws.com" }
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "cluster" {
  role       = aws_iam_role.cluster.name
  policy_arn = "${local.aws}:iam::aws:policy/AmazonEKSClusterPolicy"
}

resource "aws_iam_role" "node" {
  for_each = local.stages

  name        = "${local.prefix}-${each.key}-node"
  description = "Nodes of ${local.prefix}-${each.key}"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ec2.${data.aws_partition.current.dns_suffix}" }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "node" {
  for_each = {
    for pair in setproduct(keys(local.stages), ["AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy", "AmazonEC2ContainerRegistryPullOnly"]) :
    join(" ", pair) => { stage = pair[0], policy = pair[1] }
  }

  role       = aws_iam_role.node[each.value.stage].name
  policy_arn = "${local.aws}:iam::aws:policy/${each.value.policy}"
}

resource "aws_launch_template" "node" {
  for_each = local.stages

  name                   = "${local.prefix}-${each.key}-node"
  description            = "Nodes of ${local.prefix}-${each.key}"
  update_default_version = true
  instance_type          = each.value.nodes.instance_type
  tags                   = var.tags

  # One hop: what is in a pod doesn't reach the role of its node.
  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
    instance_metadata_tags      = "disabled"
  }

  block_device_mappings {
    device_name = "/dev/xvda"

    ebs {
      encrypted             = true
      volume_type           = "gp3"
      volume_size           = 30
      delete_on_termination = true
    }
  }

  monitoring {
    enabled = true
  }

  dynamic "tag_specifications" {
    for_each = ["instance", "volume", "network-interface"]

    content {
      resource_type = tag_specifications.value
      tags          = merge(var.tags, { Name = "${local.prefix}-${each.key}" })
    }
  }
}

# No remote_access: nobody logs in to a node.
resource "aws_eks_node_group" "stage" {
  for_each = local.stages

  cluster_name    = aws_eks_cluster.stage[each.key].name
  node_group_name = "${local.prefix}-${each.key}"
  node_role_arn   = aws_iam_role.node[each.key].arn
  subnet_ids      = var.private_subnet_ids
  ami_type        = "AL2023_x86_64_STANDARD"
  capacity_type   = "ON_DEMAND"
  tags            = var.tags

  launch_template {
    id      = aws_launch_template.node[each.key].id
    version = aws_launch_template.node[each.key].latest_version
  }

  scaling_config {
    min_size     = each.value.nodes.min
    desired_size = each.value.nodes.desired
    max_size     = each.value.nodes.max
  }

  update_config {
    max_unavailable = 1
  }

  node_repair_config {
    enabled = true
  }

  # Staging is started for a scan and ended after it.
  lifecycle {
    ignore_changes = [scaling_config[0].desired_size]
  }

  depends_on = [aws_iam_role_policy_attachment.node, aws_eks_addon.network]
}
