mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "111122223333", arn = "arn:aws:iam::111122223333:user/deployer" }
  }

  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }

  mock_data "aws_region" {
    defaults = { name = "eu-central-1" }
  }

  mock_resource "aws_iam_openid_connect_provider" {
    defaults = { arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
  }

  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/a-role" }
  }
}

variables {
  project             = "shop"
  environment         = "dev"
  repository_arn      = "arn:aws:ecr:eu-central-1:111122223333:repository/shop-dev-application"
  evidence_bucket_arn = "arn:aws:s3:::shop-dev-evidence-111122223333"
  tools_bucket_arn    = "arn:aws:s3:::shop-dev-tools-111122223333"
  evidence_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  service_arns = {
    staging    = "arn:aws:ecs:eu-central-1:111122223333:service/shop-dev-staging/application"
    production = "arn:aws:ecs:eu-central-1:111122223333:service/shop-dev-production/application"
  }
}

run "nothing_without_github" {
  command = plan

  assert {
    condition     = length(aws_iam_role.github) == 0 && length(aws_iam_role_policy.github) == 0 && length(aws_iam_openid_connect_provider.github) == 0
    error_message = "Nobody on GitHub is anything here, and its tokens are not believed."
  }

  assert {
    condition = alltrue([
      for said in [output.github_gate_role_arn, output.github_staging_role_arn, output.github_production_role_arn, output.github_oidc_provider_arn] : said == null
    ])
    error_message = "There is nothing to name."
  }
}

run "three_roles_for_three_environments" {
  variables {
    github = { repository = "acme/shop" }
  }

  assert {
    condition = { for role in values(aws_iam_role.github) : role.name => jsondecode(role.assume_role_policy).Statement } == {
      for name, environment in { gate-github = "dev-gates", deploy-staging-github = "dev-staging", deploy-production-github = "dev-production" } :
      "shop-dev-${name}" => [{
        Effect    = "Allow"
        Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
        Action    = "sts:AssumeRoleWithWebIdentity"
        Condition = {
          StringEquals = {
            "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
            "token.actions.githubusercontent.com:sub" = ["repo:acme/shop:environment:${environment}"]
          }
        }
      }]
    }
    error_message = "By equality, without a wildcard: jobs of one repository in one environment, and nobody else."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "Tokens of GitHub, made out to AWS."
  }

  assert {
    condition     = alltrue([for role in values(aws_iam_role.github) : role.max_session_duration == 3600])
    error_message = "A session ends after an hour."
  }
}

run "environments_of_production" {
  variables {
    environment = "production"
    github      = { repository = "acme/shop" }
  }

  assert {
    condition = output.github_subjects == {
      gate       = ["repo:acme/shop:environment:production-gates"]
      staging    = ["repo:acme/shop:environment:staging"]
      production = ["repo:acme/shop:environment:production"]
    }
    error_message = "None is also one of dev."
  }
}

run "workflows_of_the_platform" {
  variables {
    github = { repository = "acme/shop", workflows = "acme/factory@0123456789abcdef0123456789abcdef01234567" }
  }

  assert {
    condition = output.github_subjects == { for role, files in { gate = ["gates", "dast"], staging = ["deploy", "dast"], production = ["deploy"] } :
      role => [for file in files : "repo:acme/shop:environment:dev-${role == "gate" ? "gates" : role}:job_workflow_ref:acme/factory/.github/workflows/${file}.yml@0123456789abcdef0123456789abcdef01234567"]
    }
    error_message = "Each role is for the workflows that need it, at one commit."
  }
}

run "a_repository_by_its_numbers" {
  variables {
    github = { repository = "acme@123/shop@456" }
  }

  assert {
    condition     = output.github_subjects.production == ["repo:acme@123/shop@456:environment:dev-production"]
    error_message = "Whoever gets the name one day does not get the number."
  }
}

run "an_account_with_a_provider" {
  variables {
    github = { repository = "acme/shop", oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.github_oidc_provider_arn == var.github.oidc_provider_arn
    error_message = "It is taken as it is."
  }
}

run "without_services_nothing_is_deployed" {
  variables {
    github       = { repository = "acme/shop" }
    service_arns = {}
  }

  assert {
    condition = !anytrue(flatten([
      for policy in values(aws_iam_role_policy.github) : [for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : startswith(action, "ecs:") || startswith(action, "iam:")]]
    ]))
    error_message = "There is nothing to deploy to."
  }
}

run "what_they_may" {
  variables {
    github = { repository = "acme/shop" }
  }

  assert {
    condition = { for role, policy in aws_iam_role_policy.github : role => toset(flatten([
      for statement in jsondecode(policy.policy).Statement : statement.Action if contains(flatten([statement.Resource]), "*")
      ])) } == {
      gate       = toset(["ecr:GetAuthorizationToken", "ecs:ListTasks"])
      staging    = toset(["ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:RegisterTaskDefinition"])
      production = toset(["ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:RegisterTaskDefinition"])
    }
    error_message = "Everything stands only where AWS knows nothing narrower."
  }

  assert {
    condition     = !anytrue(flatten([for policy in values(aws_iam_role_policy.github) : [for statement in jsondecode(policy.policy).Statement : [for action in flatten([statement.Action]) : strcontains(action, "*")]]]))
    error_message = "Each action is named."
  }

  assert {
    condition = { for role, policy in aws_iam_role_policy.github : role => [
      for statement in jsondecode(policy.policy).Statement : { to = statement.Condition.StringEquals["iam:PassedToService"], roles = length(statement.Resource) } if statement.Action == "iam:PassRole"
      ] } == {
      gate       = []
      staging    = [{ to = "ecs-tasks.amazonaws.com", roles = 2 }]
      production = [{ to = "ecs-tasks.amazonaws.com", roles = 2 }]
    }
    error_message = "The two roles of tasks, to tasks only, by who deploys."
  }

  assert {
    condition = { for role, policy in aws_iam_role_policy.github : role => [
      for statement in jsondecode(policy.policy).Statement : statement.Condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"] if contains(flatten([statement.Action]), "kms:Sign")
    ] } == { gate = ["alias/shop-dev-verdicts"], staging = [], production = [] }
    error_message = "Who judges signs, with the one key."
  }

  assert {
    condition = alltrue(flatten([for policy in values(aws_iam_role_policy.github) : [
      for statement in jsondecode(policy.policy).Statement : flatten([statement.Action]) == ["s3:GetObject"]
      if anytrue([for resource in flatten([statement.Resource]) : strcontains(resource, "-tools-")])
    ]]))
    error_message = "Tools are read, never written: who writes them decides what judges."
  }
}

run "tasks" {
  variables {
    log_group_arns         = ["arn:aws:logs:eu-central-1:111122223333:log-group:/shop/dev/*"]
    secret_arns            = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-abc123"]
    secret_key_arns        = ["arn:aws:kms:eu-central-1:111122223333:key/11111111-0000-0000-0000-000000000000"]
    application_bucket_arn = "arn:aws:s3:::shop-uploads"
    database_user_arns     = ["arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGHIJKL/application"]
  }

  assert {
    condition = alltrue([
      for role in [aws_iam_role.task, aws_iam_role.task_execution] : [
        for statement in jsondecode(role.assume_role_policy).Statement : [statement.Principal.Service, statement.Condition.StringEquals["aws:SourceAccount"]]
      ] == [["ecs-tasks.amazonaws.com", "111122223333"]]
    ])
    error_message = "Tasks of this account."
  }

  assert {
    condition = { for statement in jsondecode(aws_iam_role_policy.task_execution.policy).Statement : statement.Sid => flatten([statement.Resource]) } == {
      SignIn         = ["*"]
      Pull           = ["arn:aws:ecr:eu-central-1:111122223333:repository/shop-dev-application"]
      Log            = ["arn:aws:logs:eu-central-1:111122223333:log-group:/shop/dev/*:log-stream:*"]
      ReadSecrets    = ["arn:aws:secretsmanager:eu-central-1:111122223333:secret:shop-abc123"]
      DecryptSecrets = ["arn:aws:kms:eu-central-1:111122223333:key/11111111-0000-0000-0000-000000000000"]
    }
    error_message = "What starting takes, and of what was named."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : statement.Condition.StringEquals["cloudwatch:namespace"] if statement.Action == "cloudwatch:PutMetricData"] == ["shop-dev"]
    error_message = "Metrics in its own namespace only: alarms of others are not its business."
  }

  assert {
    condition     = toset(flatten([for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : statement.Resource if anytrue([for action in flatten([statement.Action]) : strcontains(action, "Object")])])) == toset(["arn:aws:s3:::shop-uploads/shop/*"])
    error_message = "Objects below its own prefix only."
  }

  assert {
    condition = [
      for role in [aws_iam_role_policy.task, aws_iam_role_policy.task_execution] : flatten([
        for statement in jsondecode(role.policy).Statement : statement.Resource if statement.Action == "rds-db:connect"
      ])
    ] == [["arn:aws:rds-db:eu-central-1:111122223333:dbuser:db-ABCDEFGHIJKL/application"], []]
    error_message = "The application signs in as the user that was named; what starts it does not."
  }
}

run "a_task_that_was_given_nothing" {
  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.task.policy).Statement : statement.Action] == ["cloudwatch:PutMetricData"]
    error_message = "It can measure, and nothing else."
  }
}
