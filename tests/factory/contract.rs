//! The contract between Terraform, CloudFormation, buildspecs and Parameter Store: nothing in it that nobody gives or takes.
