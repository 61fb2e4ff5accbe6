# What a platform team would write by hand; every resource type that the controller's own accounts are prepared with.

terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.0"
    }
  }
}

variable "endpoint" {
  type = string
}

provider "aws" {
  region = "eu-west-1"
  endpoints {
    iam = var.endpoint
    sts = var.endpoint
  }
  default_tags {
    tags = { team = "platform" }
  }
}

resource "aws_iam_saml_provider" "entra" {
  name                   = "Terraformed"
  saml_metadata_document = "<EntityDescriptor xmlns=\"urn:oasis:names:tc:SAML:2.0:metadata\" entityID=\"https://sts.windows.net/x/\"><!--${join("", [for i in range(100) : "0123456789"])}--><IDPSSODescriptor protocolSupportEnumeration=\"urn:oasis:names:tc:SAML:2.0:protocol\"></IDPSSODescriptor></EntityDescriptor>"
}

resource "aws_iam_openid_connect_provider" "entra" {
  url            = "https://sts.windows.net/x/"
  client_id_list = ["api://rolewarden"]
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRoleWithSAML"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_saml_provider.entra.arn]
    }
    condition {
      test     = "StringEquals"
      variable = "SAML:aud"
      values   = ["https://signin.aws.amazon.com/saml"]
    }
    condition {
      test     = "StringEquals"
      variable = "saml:sub"
      values   = ["cleo", "anna", "bert"]
    }
  }
  statement {
    actions = ["sts:TagSession", "sts:SetSourceIdentity"]
    principals {
      type        = "Federated"
      identifiers = [aws_iam_saml_provider.entra.arn]
    }
  }
}

resource "aws_iam_policy" "boundary" {
  name        = "terraformed-boundary"
  path        = "/team/"
  description = "what roles may do at most"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = ["ecs:*", "logs:*"], Resource = ["*"] }]
  })
}

resource "aws_iam_role" "dev" {
  name                 = "terraformed"
  path                 = "/rolewarden/"
  description          = "made by Terraform"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = aws_iam_policy.boundary.arn
  max_session_duration = 7200
  tags                 = { "rolewarden:instance" = "demo" }
}

resource "aws_iam_role_policy" "access" {
  name = "access"
  role = aws_iam_role.dev.name
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = ["ecs:ExecuteCommand", "ecs:DescribeTasks"]
      Resource  = ["*"]
      Condition = { StringEquals = { "aws:ResourceTag/scope" = ["b", "a"] } }
    }]
  })
}

resource "aws_iam_role_policy_attachment" "read_only" {
  role       = aws_iam_role.dev.name
  policy_arn = "arn:aws:iam::aws:policy/ReadOnlyAccess"
}
