# One account that Rolewarden looks after: the role that the controller enters, the boundary of every role that it makes, and,
# where pull requests are planned, a role that may only read.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81"
    }
  }
}

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  policies   = "${path.module}/../../policies"
  role_arn   = "arn:${local.partition}:iam::${local.account_id}:role"

  # The names are part of the guardrails: whoever may use them is known by them.
  spoke_name  = "rolewarden-spoke"
  reader_name = "rolewarden-plan-reader"

  read = templatefile("${local.policies}/spoke-read.json.tftpl", {})
}

resource "aws_iam_policy" "boundary" {
  name        = "rolewarden-boundary"
  description = "The most that a role made by Rolewarden may do."
  policy      = replace(file("${path.module}/../../../aws/permissions-boundary.json"), "arn:aws:", "arn:${local.partition}:")
}

resource "aws_iam_role" "spoke" {
  name                 = local.spoke_name
  description          = "Entered by the Rolewarden controller."
  max_session_duration = 3600
  assume_role_policy = templatefile("${local.policies}/spoke-trust.json.tftpl", {
    trusted_role_arn = var.controller_role_arn
    external_id      = var.external_id
  })
}

resource "aws_iam_role_policy" "read" {
  name   = "read"
  role   = aws_iam_role.spoke.name
  policy = local.read
}

resource "aws_iam_role_policy" "write" {
  name = "write"
  role = aws_iam_role.spoke.name
  policy = templatefile("${local.policies}/spoke-write.json.tftpl", {
    partition     = local.partition
    account_id    = local.account_id
    instance      = var.instance
    boundary_arns = jsonencode(concat([aws_iam_policy.boundary.arn], var.task_role_boundary_arns))
  })
}

resource "aws_iam_role_policy" "never" {
  name = "never"
  role = aws_iam_role.spoke.name
  policy = templatefile("${local.policies}/spoke-never.json.tftpl", {
    instance      = var.instance
    own_role_arns = jsonencode(["${local.role_arn}/${local.spoke_name}", "${local.role_arn}/${local.reader_name}"])
  })
}

resource "aws_iam_role_policy" "shared_roles" {
  count = length(var.shared_role_arns) > 0 ? 1 : 0

  name = "shared-roles"
  role = aws_iam_role.spoke.name
  policy = templatefile("${local.policies}/spoke-shared-roles.json.tftpl", {
    instance         = var.instance
    shared_role_arns = jsonencode(var.shared_role_arns)
  })
}

resource "aws_iam_role_policy" "ecs_writes" {
  count = var.ecs_writes ? 1 : 0

  name = "ecs-writes"
  role = aws_iam_role.spoke.name
  policy = templatefile("${local.policies}/spoke-ecs-writes.json.tftpl", {
    partition          = local.partition
    account_id         = local.account_id
    passable_role_arns = jsonencode(concat(["${local.role_arn}/rolewarden/*"], var.passable_role_arns))
  })
}

resource "aws_iam_role" "reader" {
  count = var.plan_role_arn == null ? 0 : 1

  name                 = local.reader_name
  description          = "Entered to plan pull requests; may only read."
  max_session_duration = 3600
  assume_role_policy = templatefile("${local.policies}/spoke-trust.json.tftpl", {
    trusted_role_arn = var.plan_role_arn
    external_id      = var.external_id
  })
}

resource "aws_iam_role_policy" "reader" {
  count = var.plan_role_arn == null ? 0 : 1

  name   = "read"
  role   = aws_iam_role.reader[0].name
  policy = local.read
}

resource "aws_iam_saml_provider" "entra" {
  count = var.saml_metadata == null ? 0 : 1

  name                   = var.saml_provider_name
  saml_metadata_document = var.saml_metadata
}
