locals {
  name = "${var.project}-${var.environment}"
  tags = merge({ project = var.project, environment = var.environment }, var.tags)

  repositories = {
    # What the pipeline builds, tests and deploys.
    application = {
      name     = "${local.name}-application"
      keep     = var.keep_images
      patterns = ["sha-*"]
    }
    # What its builds run in.
    toolbox = {
      name     = "${local.name}-toolbox"
      keep     = 10
      patterns = ["*"]
    }
  }
}

resource "aws_ecr_repository" "this" {
  for_each = local.repositories

  name         = each.value.name
  force_delete = var.force_destroy
  tags         = local.tags

  # What was judged under a tag is what is under it for ever.
  image_tag_mutability = "IMMUTABLE"

  image_scanning_configuration {
    scan_on_push = true
  }

  encryption_configuration {
    encryption_type = "KMS"
    kms_key         = var.key_arn
  }
}

resource "aws_ecr_lifecycle_policy" "this" {
  for_each = local.repositories

  repository = aws_ecr_repository.this[each.key].name

  policy = jsonencode({
    rules = [
      {
        rulePriority = 1
        description  = "What no tag names is left of a push that was cut off"
        selection    = { tagStatus = "untagged", countType = "sinceImagePushed", countUnit = "days", countNumber = 7 }
        action       = { type = "expire" }
      },
      {
        # The pipeline pushes one tag for each image: `sha-`, the commit, and the beginning of the digest. A rule for other tags would never expire anything.
        rulePriority = 2
        description  = "The newest ${each.value.keep} images"
        selection    = { tagStatus = "tagged", tagPatternList = each.value.patterns, countType = "imageCountMoreThan", countNumber = each.value.keep }
        action       = { type = "expire" }
      },
    ]
  })
}
