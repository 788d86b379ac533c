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
}

variables {
  project     = "shop"
  environment = "dev"
  key_arn     = "arn:aws:kms:eu-central-1:111122223333:key/00000000-0000-0000-0000-000000000000"
}

run "images_stay_what_they_are" {
  assert {
    condition     = { for name, repository in aws_ecr_repository.this : name => repository.name } == { application = "shop-dev-application", toolbox = "shop-dev-toolbox" }
    error_message = "One repository for the application, one for the image that builds run in."
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.image_tag_mutability == "IMMUTABLE" && repository.image_scanning_configuration[0].scan_on_push && !repository.force_delete])
    error_message = "Tags are written once, images are scanned when they come, and a repository with images stays."
  }

  assert {
    condition     = alltrue([for repository in aws_ecr_repository.this : repository.encryption_configuration[0].encryption_type == "KMS" && repository.encryption_configuration[0].kms_key == var.key_arn])
    error_message = "Images are encrypted with the key that was given."
  }
}

run "what_expires_is_what_is_pushed" {
  assert {
    condition = [for rule in jsondecode(aws_ecr_lifecycle_policy.this["application"].policy).rules : rule.selection if rule.selection.tagStatus == "tagged"] == [
      { tagStatus = "tagged", tagPatternList = ["sha-*"], countType = "imageCountMoreThan", countNumber = 30 },
    ]
    error_message = "The pipeline pushes `sha-<commit>-<digest>`: a rule for other tags would never expire anything."
  }

  assert {
    condition     = alltrue([for policy in aws_ecr_lifecycle_policy.this : anytrue([for rule in jsondecode(policy.policy).rules : rule.selection.tagStatus == "untagged" && rule.action.type == "expire"])])
    error_message = "What no tag names does not stay for ever."
  }
}
