# Who on GitHub may be what. Without `github` there is none of it.

locals {
  on_github = var.github != null

  # GitHub's environments belong to a repository, which may have a factory of each kind: those of `dev` begin with its name.
  github_prefix = var.environment == "production" ? "" : "${var.environment}-"

  # One role for each environment on GitHub, and the workflows whose jobs take it.
  github_roles = { for name, role in {
    gate = {
      name        = "${local.name}-gate-github"
      environment = "${var.environment}-gates"
      workflows   = ["gates", "dast"]
    }
    staging = {
      name        = "${local.name}-deploy-staging-github"
      environment = "${local.github_prefix}staging"
      workflows   = ["deploy", "dast"]
    }
    production = {
      name        = "${local.name}-deploy-production-github"
      environment = "${local.github_prefix}production"
      workflows   = ["deploy"]
    }
  } : name => role if local.on_github }

  # `owner/name` and commit.
  github_workflows = try(split("@", var.github.workflows), null)

  # One repository and one environment, word for word: of a branch or a pull request anybody may have a token who can push.
  github_subjects = { for name, role in local.github_roles : name => [
    for workflow in local.github_workflows == null ? [""] : [
      for file in role.workflows : ":job_workflow_ref:${local.github_workflows[0]}/.github/workflows/${file}.yml@${local.github_workflows[1]}"
    ] : "repo:${var.github.repository}:environment:${role.environment}${workflow}"
  ] }

  github_provider_arn = !local.on_github ? null : (
    var.github.oidc_provider_arn != null ? var.github.oidc_provider_arn : aws_iam_openid_connect_provider.github[0].arn
  )
}

# GitHub's certificate is one that AWS knows, so no thumbprint is named that could go stale.
resource "aws_iam_openid_connect_provider" "github" {
  count = local.on_github && try(var.github.oidc_provider_arn, null) == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
  tags           = local.tags
}

resource "aws_iam_role" "github" {
  for_each = local.github_roles

  name                 = each.value.name
  description          = "Workflows of ${var.github.repository} in the environment ${each.value.environment}"
  max_session_duration = 3600
  tags                 = local.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Federated = local.github_provider_arn }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = local.github_subjects[each.key]
        }
      }
    }]
  })
}

resource "aws_iam_role_policy" "github" {
  for_each = local.github_roles

  name = each.key
  role = aws_iam_role.github[each.key].id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      for name, statement in local.github_statements[each.key] :
      merge({ Sid = replace(title(name), "-", "") }, statement)
    ]
  })
}
