resource "aws_eks_access_entry" "administrator" {
  for_each = local.administrators

  cluster_name  = aws_eks_cluster.stage[each.value.stage].name
  principal_arn = each.value.arn
  type          = "STANDARD"
  tags          = var.tags
}

resource "aws_eks_access_policy_association" "administrator" {
  for_each = local.administrators

  cluster_name  = aws_eks_cluster.stage[each.value.stage].name
  principal_arn = aws_eks_access_entry.administrator[each.key].principal_arn
  policy_arn    = "${local.aws}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"

  access_scope {
    type = "cluster"
  }
}

resource "aws_eks_access_entry" "deploy" {
  for_each = var.deploy_role_arns

  cluster_name  = aws_eks_cluster.stage[each.key].name
  principal_arn = each.value
  type          = "STANDARD"
  tags          = var.tags
}

resource "aws_eks_access_policy_association" "deploy" {
  for_each = var.deploy_role_arns

  cluster_name  = aws_eks_cluster.stage[each.key].name
  principal_arn = aws_eks_access_entry.deploy[each.key].principal_arn
  policy_arn    = "${local.aws}:eks::aws:cluster-access-policy/AmazonEKSEditPolicy"

  access_scope {
    type       = "namespace"
    namespaces = [var.namespace]
  }
}

# Pods show tokens of their cluster and get roles of their own, so that none needs the role of its node.
resource "aws_iam_openid_connect_provider" "pods" {
  for_each = local.stages

  url            = aws_eks_cluster.stage[each.key].identity[0].oidc[0].issuer
  client_id_list = ["sts.${data.aws_partition.current.dns_suffix}"]
  tags           = var.tags
}

resource "aws_iam_role" "log_writer" {
  for_each = local.stages

  name        = "${local.prefix}-${each.key}-log-writer"
  description = "Fluent Bit of ${local.prefix}-${each.key}: Falco's alerts to CloudWatch"
  tags        = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRoleWithWebIdentity"
      Principal = { Federated = aws_iam_openid_connect_provider.pods[each.key].arn }
      Condition = {
        StringEquals = {
          "${trimprefix(aws_eks_cluster.stage[each.key].identity[0].oidc[0].issuer, "https://")}:aud" = "sts.${data.aws_partition.current.dns_suffix}"
          "${trimprefix(aws_eks_cluster.stage[each.key].identity[0].oidc[0].issuer, "https://")}:sub" = "system:serviceaccount:${var.log_service_account}"
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "log_writer" {
  for_each = local.stages

  name = "write"
  role = aws_iam_role.log_writer[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
      Resource = "${aws_cloudwatch_log_group.falco.arn}:*"
    }]
  })
}
