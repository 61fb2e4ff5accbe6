# A whole deployment: the hub account with the controller, two spoke accounts, and the guardrails of the organization. Copy it, and
# change what stands in locals.

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
  region   = "eu-west-1"
  instance = "contoso-main"

  hub_account        = "999988887777"
  management_account = "222233334444"
  accounts           = { dev = "111122223333", prod = "444455556666" }

  # What these accounts are changed with.
  deployer = "TerraformDeployer"
}

provider "aws" {
  region              = local.region
  allowed_account_ids = [local.hub_account]
  assume_role { role_arn = "arn:aws:iam::${local.hub_account}:role/${local.deployer}" }
}

provider "aws" {
  alias               = "management"
  region              = local.region
  allowed_account_ids = [local.management_account]
  assume_role { role_arn = "arn:aws:iam::${local.management_account}:role/${local.deployer}" }
}

provider "aws" {
  alias               = "dev"
  region              = local.region
  allowed_account_ids = [local.accounts.dev]
  assume_role { role_arn = "arn:aws:iam::${local.accounts.dev}:role/${local.deployer}" }
}

provider "aws" {
  alias               = "prod"
  region              = local.region
  allowed_account_ids = [local.accounts.prod]
  assume_role { role_arn = "arn:aws:iam::${local.accounts.prod}:role/${local.deployer}" }
}

module "controller" {
  source = "../modules/controller"

  region          = local.region
  image           = "${local.hub_account}.dkr.ecr.${local.region}.amazonaws.com/rolewarden@sha256:0000000000000000000000000000000000000000000000000000000000000000"
  repository_arn  = "arn:aws:ecr:${local.region}:${local.hub_account}:repository/rolewarden"
  config          = file("${path.module}/rolewarden.yaml")
  spoke_role_arns = [for id in values(local.accounts) : "arn:aws:iam::${id}:role/rolewarden-spoke"]

  vpc_id                     = "vpc-0123456789abcdef0"
  subnet_ids                 = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
  metrics_security_group_ids = ["sg-0123456789abcdef0"]

  environment = {
    AZURE_TENANT_ID = "0f0e0d0c-1111-4222-8333-444455556666"
    AZURE_CLIENT_ID = "5c0ffee0-0000-4000-8000-00000000c0de"
  }
  secrets = {
    ROLEWARDEN_GIT_APP_PRIVATE_KEY = "arn:aws:secretsmanager:${local.region}:${local.hub_account}:secret:rolewarden/git-AbCdEf"
  }
}

module "plan" {
  source = "../modules/github-plan"

  subject          = "repository_id:123456789:job_workflow_ref:contoso/access-policies/.github/workflows/rolewarden-plan.yaml@refs/heads/main"
  reader_role_arns = [for id in values(local.accounts) : "arn:aws:iam::${id}:role/rolewarden-plan-reader"]
}

module "dev" {
  source    = "../modules/spoke"
  providers = { aws = aws.dev }

  instance            = local.instance
  controller_role_arn = module.controller.task_role_arn
  plan_role_arn       = module.plan.plan_role_arn
  external_id         = "6a1f3f6e-3d0c-4c1e-9d5b-000000000001"
  saml_metadata       = file("${path.module}/entra-metadata.xml")
  ecs_writes          = true
  passable_role_arns  = ["arn:aws:iam::${local.accounts.dev}:role/ecs-execution"]
}

module "prod" {
  source    = "../modules/spoke"
  providers = { aws = aws.prod }

  instance            = local.instance
  controller_role_arn = module.controller.task_role_arn
  plan_role_arn       = module.plan.plan_role_arn
  external_id         = "6a1f3f6e-3d0c-4c1e-9d5b-000000000002"
  saml_metadata       = file("${path.module}/entra-metadata.xml")
  shared_role_arns    = ["arn:aws:iam::${local.accounts.prod}:role/payments-legacy"]
}

# Last: from then on only those who are named here change what the modules above have made.
module "guardrails" {
  source     = "../modules/guardrails"
  providers  = { aws = aws.management }
  depends_on = [module.dev, module.prod]

  target_ids = values(local.accounts)
  administrator_arns = [
    "arn:aws:iam::*:role/${local.deployer}",
    "arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_Administrators_*",
  ]
}
