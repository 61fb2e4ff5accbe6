# What nobody in the organization may do but the controller and its administrators: change the roles under /rolewarden/, change
# the controller's own roles and boundary, change the way in from Entra, and share a role. In the management account.

terraform {
  required_version = ">= 1.9"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.81"
    }
  }
}

data "aws_partition" "current" {}

locals {
  partition = data.aws_partition.current.partition

  document = templatefile("${path.module}/../../policies/organization.json.tftpl", {
    partition                      = local.partition
    saml_provider                  = var.saml_provider_name
    controllers_and_administrators = jsonencode(concat(["arn:${local.partition}:iam::*:role/rolewarden-spoke"], var.administrator_arns))
    administrators                 = jsonencode(var.administrator_arns)
    owners                         = jsonencode(concat(var.owner_arns, var.administrator_arns))
  })
}

resource "aws_organizations_policy" "rolewarden" {
  name        = "rolewarden"
  description = "Only the controller changes roles under /rolewarden/, and only administrators change the controller."
  type        = "SERVICE_CONTROL_POLICY"
  # White space counts here.
  content = jsonencode(jsondecode(local.document))
}

resource "aws_organizations_policy_attachment" "rolewarden" {
  for_each = toset(var.target_ids)

  policy_id = aws_organizations_policy.rolewarden.id
  target_id = each.value
}
