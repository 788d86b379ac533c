output "repository_name" {
  description = "Repository of the application's images."
  value       = aws_ecr_repository.this["application"].name
}

output "repository_url" {
  description = "Where its images are pushed and pulled, without a tag or digest."
  value       = aws_ecr_repository.this["application"].repository_url
}

output "repository_arn" {
  description = "Its ARN, for policies."
  value       = aws_ecr_repository.this["application"].arn
}

output "toolbox_repository_name" {
  description = "Repository of the image that builds run in."
  value       = aws_ecr_repository.this["toolbox"].name
}

output "toolbox_repository_url" {
  description = "Where that image is pushed and pulled, without a tag or digest."
  value       = aws_ecr_repository.this["toolbox"].repository_url
}

output "toolbox_repository_arn" {
  description = "Its ARN, for policies."
  value       = aws_ecr_repository.this["toolbox"].arn
}
