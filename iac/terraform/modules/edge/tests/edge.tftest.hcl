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

  mock_resource "aws_wafv2_web_acl" {
    defaults = { arn = "arn:aws:wafv2:eu-central-1:111122223333:regional/webacl/shop-dev-production/00000000-0000-0000-0000-000000000000" }
  }

  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:111122223333:log-group:aws-waf-logs-shop-dev-production" }
  }
}

variables {
  project           = "shop"
  environment       = "dev"
  log_key_arn       = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
  name              = "production"
  load_balancer_arn = "arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/shop/0123456789abcdef"
}

# The rules of WAF make each run slow, so there is one.
run "what_is_blocked_and_logged" {
  assert {
    condition = toset(flatten([for rule in aws_wafv2_web_acl.this.rule : [for statement in rule.statement : [for group in statement.managed_rule_group_statement : group.name]]])) == toset([
      "AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet", "AWSManagedRulesSQLiRuleSet", "AWSManagedRulesLinuxRuleSet",
    ])
    error_message = "Core, known bad inputs, SQL injection, Linux."
  }

  assert {
    condition     = alltrue([for rule in aws_wafv2_web_acl.this.rule : length(rule.override_action[0].none) == 1 if rule.name != "rate"])
    error_message = "None of them only counts."
  }

  assert {
    condition     = length(distinct([for rule in aws_wafv2_web_acl.this.rule : rule.priority])) == 5
    error_message = "An order without ties."
  }

  assert {
    condition     = [for rule in aws_wafv2_web_acl.this.rule : [rule.statement[0].rate_based_statement[0].limit, rule.statement[0].rate_based_statement[0].evaluation_window_sec, length(rule.action[0].block)] if rule.name == "rate"] == [[2000, 300, 1]]
    error_message = "More than 2000 in five minutes from one address are blocked."
  }

  assert {
    condition     = aws_wafv2_web_acl_association.this.resource_arn == var.load_balancer_arn && aws_wafv2_web_acl_association.this.web_acl_arn == aws_wafv2_web_acl.this.arn && aws_wafv2_web_acl.this.scope == "REGIONAL"
    error_message = "A list that stands before nothing protects nothing."
  }

  assert {
    condition     = startswith(aws_cloudwatch_log_group.waf.name, "aws-waf-logs-") && aws_cloudwatch_log_group.waf.kms_key_id == var.log_key_arn && aws_cloudwatch_log_group.waf.retention_in_days == 365
    error_message = "WAF writes only to groups of such names; the group ends and is encrypted."
  }

  assert {
    condition     = toset([for field in aws_wafv2_web_acl_logging_configuration.this.redacted_fields : field.single_header[0].name]) == toset(["authorization", "cookie"])
    error_message = "Credentials do not stand in the log."
  }

  assert {
    condition     = toset([for condition in one(aws_wafv2_web_acl_logging_configuration.this.logging_filter[0].filter).condition : condition.action_condition[0].action]) == toset(["BLOCK", "COUNT"])
    error_message = "What was blocked or counted is logged."
  }
}
