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
  source_repository   = "acme/shop"
  deploy_environment  = "dev"
  repository_arn      = "arn:aws:ecr:eu-central-1:111122223333:repository/shop-dev-application"
  evidence_bucket_arn = "arn:aws:s3:::shop-dev-evidence-111122223333"
  tools_bucket_arn    = "arn:aws:s3:::shop-dev-tools-111122223333"
  evidence_key_arn    = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "one_repository_and_one_environment" {
  assert {
    condition = [for statement in jsondecode(aws_iam_role.deploy.assume_role_policy).Statement : statement] == [{
      Effect    = "Allow"
      Principal = { Federated = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com" }
      Action    = "sts:AssumeRoleWithWebIdentity"
      Condition = {
        StringEquals = {
          "token.actions.githubusercontent.com:aud" = "sts.amazonaws.com"
          "token.actions.githubusercontent.com:sub" = "repo:acme/shop:environment:dev"
        }
      }
    }]
    error_message = "By equality, without a wildcard: jobs of one repository in one environment, and nobody else."
  }

  assert {
    condition     = aws_iam_openid_connect_provider.github[0].url == "https://token.actions.githubusercontent.com" && aws_iam_openid_connect_provider.github[0].client_id_list == toset(["sts.amazonaws.com"])
    error_message = "Tokens of GitHub, made out to AWS."
  }

  assert {
    condition     = aws_iam_role.deploy.max_session_duration == 3600
    error_message = "A session ends after an hour."
  }
}

run "an_account_with_a_provider" {
  variables {
    oidc_provider_arn = "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com"
  }

  assert {
    condition     = length(aws_iam_openid_connect_provider.github) == 0 && output.oidc_provider_arn == var.oidc_provider_arn
    error_message = "It is taken as it is."
  }
}

run "nothing_is_signed_and_deployed_unless_asked" {
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement :
      alltrue([for action in flatten([statement.Action]) : !anytrue([for prefix in ["kms:Sign", "ecs:", "iam:", "codepipeline:", "codebuild:", "ssm:Put", "lambda:", "cloudformation:"] : startswith(action, prefix)])])
    ])
    error_message = "Without the names of services and of a key it can do neither."
  }
}

run "what_the_deploy_role_may" {
  variables {
    service_arns      = ["arn:aws:ecs:eu-central-1:111122223333:service/shop-dev-production/shop"]
    signing_key_alias = "alias/shop-dev-signing"
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Action if contains(flatten([statement.Resource]), "*")
    ])) == toset(["ecr:GetAuthorizationToken", "ecs:DescribeTaskDefinition", "ecs:ListTasks", "ecs:RegisterTaskDefinition"])
    error_message = "Everything stands only where AWS knows nothing narrower."
  }

  assert {
    condition     = !anytrue([for action in flatten([for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Action]) : strcontains(action, "*")])
    error_message = "Each action is named."
  }

  assert {
    condition = [for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : { to = statement.Condition.StringEquals["iam:PassedToService"], roles = length(statement.Resource) } if statement.Action == "iam:PassRole"] == [
      { to = "ecs-tasks.amazonaws.com", roles = 2 },
    ]
    error_message = "The two roles of tasks, and to tasks only."
  }

  assert {
    condition     = [for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Condition["ForAnyValue:StringEquals"]["kms:ResourceAliases"] if contains(flatten([statement.Action]), "kms:Sign")] == ["alias/shop-dev-signing"]
    error_message = "It signs with the one key."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Resource if anytrue([for action in flatten([statement.Action]) : startswith(action, "s3:")])])) == toset([
      "arn:aws:s3:::shop-dev-evidence-111122223333", "arn:aws:s3:::shop-dev-evidence-111122223333/shop/*", "arn:aws:s3:::shop-dev-evidence-111122223333/shop/state/*",
      "arn:aws:s3:::shop-dev-tools-111122223333/gate/*", "arn:aws:s3:::shop-dev-tools-111122223333/profile/*",
    ])
    error_message = "Evidence of its own application; tools by name, no artifacts."
  }

  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : flatten([statement.Action]) == ["s3:GetObject"]
      if anytrue([for resource in flatten([statement.Resource]) : strcontains(resource, "-tools-")])
    ])
    error_message = "Tools are read, never written: who writes them decides what judges."
  }

  assert {
    condition = toset(flatten([for statement in jsondecode(aws_iam_role_policy.deploy.policy).Statement : statement.Action if anytrue([for resource in flatten([statement.Resource]) : strcontains(resource, ":parameter/")])])) == toset([
      "ssm:GetParameter", "ssm:GetParameters", "ssm:GetParametersByPath",
    ])
    error_message = "Thresholds are read, never written."
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
