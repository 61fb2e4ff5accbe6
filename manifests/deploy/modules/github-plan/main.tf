# The role that pull requests of the policies repository are planned with, in the hub account. It may enter the readers of the
# spokes, and nothing else; only the workflow on the default branch gets it.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81"
    }
  }
}

locals {
  policies     = "${path.module}/../../policies"
  provider_arn = var.provider_arn == null ? aws_iam_openid_connect_provider.github[0].arn : var.provider_arn
}

resource "aws_iam_openid_connect_provider" "github" {
  count = var.provider_arn == null ? 1 : 0

  url            = "https://token.actions.githubusercontent.com"
  client_id_list = ["sts.amazonaws.com"]
}

resource "aws_iam_role" "plan" {
  name                 = "rolewarden-plan"
  description          = "Plans pull requests of the policies repository."
  max_session_duration = 3600
  assume_role_policy = templatefile("${local.policies}/plan-trust.json.tftpl", {
    provider_arn = local.provider_arn
    subject      = var.subject
  })
}

resource "aws_iam_role_policy" "plan" {
  name = "plan"
  role = aws_iam_role.plan.name
  policy = templatefile("${local.policies}/plan.json.tftpl", {
    reader_role_arns = jsonencode(var.reader_role_arns)
  })
}

output "plan_role_arn" {
  description = "plan_role_arn of the spokes, and AWS_PLAN_ROLE of the repository."
  value       = aws_iam_role.plan.arn
}
