resource "aws_kms_key" "secrets" {
  description             = "Secrets of Kubernetes in ${local.prefix}"
  enable_key_rotation     = true
  deletion_window_in_days = 30
  tags                    = var.tags

  # What may use it is said by the policies of roles; EKS makes a grant for itself.
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Account"
      Effect    = "Allow"
      Action    = "kms:*"
      Resource  = "*"
      Principal = { AWS = "${local.aws}:iam::${local.account}:root" }
    }]
  })
}

resource "aws_kms_alias" "secrets" {
  name          = "alias/${local.prefix}-kubernetes-secrets"
  target_key_id = aws_kms_key.secrets.key_id
}

# EKS would make this group itself, to be kept for ever and without our key.
resource "aws_cloudwatch_log_group" "control_plane" {
  for_each = local.stages

  name              = "/aws/eks/${local.prefix}-${each.key}/cluster"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
  tags              = var.tags
}

resource "aws_cloudwatch_log_group" "falco" {
  name              = "/${var.project}/${var.environment}/falco"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_key_arn
  tags              = var.tags
}

resource "aws_eks_cluster" "stage" {
  for_each = local.stages

  name                          = "${local.prefix}-${each.key}"
  version                       = var.kubernetes_version
  role_arn                      = aws_iam_role.cluster.arn
  enabled_cluster_log_types     = ["api", "audit", "authenticator", "controllerManager", "scheduler"]
  bootstrap_self_managed_addons = false
  tags                          = var.tags

  vpc_config {
    subnet_ids              = var.private_subnet_ids
    endpoint_private_access = true
    endpoint_public_access  = length(var.public_access_cidrs) > 0
    public_access_cidrs     = length(var.public_access_cidrs) > 0 ? var.public_access_cidrs : null
  }

  # Who may what is said by entries here, not by a map inside the cluster that anybody in it can edit.
  access_config {
    authentication_mode                         = "API"
    bootstrap_cluster_creator_admin_permissions = false
  }

  encryption_config {
    resources = ["secrets"]

    provider {
      key_arn = aws_kms_key.secrets.arn
    }
  }

  upgrade_policy {
    support_type = "STANDARD"
  }

  depends_on = [
    aws_cloudwatch_log_group.control_plane,
    aws_iam_role_policy_attachment.cluster,
  ]
}

# The builds reach the control plane from inside the network, and only by TLS.
resource "aws_vpc_security_group_ingress_rule" "builds" {
  for_each = local.stages

  security_group_id            = aws_eks_cluster.stage[each.key].vpc_config[0].cluster_security_group_id
  referenced_security_group_id = var.build_security_group_id
  description                  = "Builds to the control plane"
  ip_protocol                  = "tcp"
  from_port                    = 443
  to_port                      = 443
  tags                         = var.tags
}

# Before the nodes: without these two none gets ready.
resource "aws_eks_addon" "network" {
  for_each = local.network_addons

  cluster_name                = aws_eks_cluster.stage[each.value.stage].name
  addon_name                  = each.value.addon
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags

  # Without its agent the policies of the network are written down and not kept.
  configuration_values = each.value.addon == "vpc-cni" ? jsonencode({ enableNetworkPolicy = "true" }) : null
}

# After the nodes: it runs on them.
resource "aws_eks_addon" "names" {
  for_each = local.stages

  cluster_name                = aws_eks_cluster.stage[each.key].name
  addon_name                  = "coredns"
  resolve_conflicts_on_create = "OVERWRITE"
  resolve_conflicts_on_update = "OVERWRITE"
  tags                        = var.tags

  depends_on = [aws_eks_node_group.stage]
}
