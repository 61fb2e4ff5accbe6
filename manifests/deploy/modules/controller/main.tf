# The controller: an ECS service of two replicas on Fargate, its task role, and the table by which replicas share accounts. In the
# hub account.

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

  metrics_port  = 9464
  config_folder = "/etc/rolewarden"
  config_file   = "${local.config_folder}/rolewarden.yaml"

  tasks_trust = templatefile("${local.policies}/ecs-tasks-trust.json.tftpl", {
    partition  = local.partition
    region     = var.region
    account_id = local.account_id
  })

  # Nothing in a container may be changed, and nothing in it needs a right of the kernel's.
  confined = {
    image                  = var.image
    readonlyRootFilesystem = true
    linuxParameters        = { capabilities = { drop = ["ALL"] } }
    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.controller.name
        awslogs-region        = var.region
        awslogs-stream-prefix = "controller"
      }
    }
  }
}

resource "aws_iam_role" "task" {
  name               = "rolewarden-controller"
  description        = "The Rolewarden controller. Entra knows it by this ARN."
  assume_role_policy = local.tasks_trust
}

resource "aws_iam_role_policy" "task" {
  name = "controller"
  role = aws_iam_role.task.name
  policy = templatefile("${local.policies}/controller-task.json.tftpl", {
    spoke_role_arns = jsonencode(var.spoke_role_arns)
    lease_table_arn = aws_dynamodb_table.leases.arn
  })
}

resource "aws_iam_role" "execution" {
  name               = "rolewarden-controller-execution"
  description        = "What ECS pulls, logs and reads for the Rolewarden controller."
  assume_role_policy = local.tasks_trust
}

resource "aws_iam_role_policy" "execution" {
  name = "execution"
  role = aws_iam_role.execution.name
  policy = templatefile("${local.policies}/controller-execution.json.tftpl", {
    repository_arn = var.repository_arn
    log_group_arn  = aws_cloudwatch_log_group.controller.arn
  })
}

resource "aws_iam_role_policy" "secrets" {
  count = length(var.secrets) > 0 ? 1 : 0

  name = "secrets"
  role = aws_iam_role.execution.name
  policy = templatefile("${local.policies}/controller-secrets.json.tftpl", {
    secret_arns = jsonencode(values(var.secrets))
  })
}

resource "aws_dynamodb_table" "leases" {
  name                        = "rolewarden-leases"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "id"
  deletion_protection_enabled = true

  attribute {
    name = "id"
    type = "S"
  }
}

# The journal names people, and is the proof of who could enter production, when, and why.
resource "aws_cloudwatch_log_group" "controller" {
  name              = "/rolewarden/controller"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.log_kms_key_arn
}

resource "aws_security_group" "controller" {
  name        = "rolewarden-controller"
  description = "Rolewarden: out to AWS, Microsoft Graph and Git, in to the metrics."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.controller.id
  description       = "AWS, Microsoft Graph and Git"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_security_group_ingress_rule" "metrics" {
  for_each = toset(var.metrics_security_group_ids)

  security_group_id            = aws_security_group.controller.id
  description                  = "Prometheus"
  referenced_security_group_id = each.value
  ip_protocol                  = "tcp"
  from_port                    = local.metrics_port
  to_port                      = local.metrics_port
}

resource "aws_ecs_cluster" "rolewarden" {
  name = "rolewarden"
}

resource "aws_ecs_task_definition" "controller" {
  family                   = "rolewarden-controller"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = var.memory
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  volume {
    name = "config"
  }

  container_definitions = jsonencode([
    # Writes the config file, and ends. The volume is root's, so that the controller itself cannot change it.
    merge(local.confined, {
      name        = "config"
      essential   = false
      user        = "0"
      entryPoint  = ["node", "-e"]
      command     = ["require('node:fs').writeFileSync('${local.config_file}', process.env.CONFIG_TEXT)"]
      environment = [{ name = "CONFIG_TEXT", value = var.config }]
      mountPoints = [{ sourceVolume = "config", containerPath = local.config_folder, readOnly = false }]
    }),
    merge(local.confined, {
      name         = "controller"
      essential    = true
      user         = "node"
      dependsOn    = [{ containerName = "config", condition = "SUCCESS" }]
      environment  = [for name, value in merge({ AWS_REGION = var.region }, var.environment) : { name = name, value = value }]
      secrets      = [for name in sort(keys(var.secrets)) : { name = name, valueFrom = var.secrets[name] }]
      mountPoints  = [{ sourceVolume = "config", containerPath = local.config_folder, readOnly = true }]
      portMappings = [{ containerPort = local.metrics_port, protocol = "tcp" }]
      # The controller ends within 10 seconds of SIGTERM.
      stopTimeout = 30
      # ECS does not look at the HEALTHCHECK of the image.
      healthCheck = {
        command     = ["CMD", "node", "-e", "fetch('http://127.0.0.1:${local.metrics_port}/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
        interval    = 30
        timeout     = 5
        retries     = 3
        startPeriod = 20
      }
    }),
  ])
}

resource "aws_ecs_service" "controller" {
  name                   = "controller"
  cluster                = aws_ecs_cluster.rolewarden.id
  task_definition        = aws_ecs_task_definition.controller.arn
  desired_count          = var.replicas
  launch_type            = "FARGATE"
  enable_execute_command = false
  propagate_tags         = "SERVICE"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  network_configuration {
    subnets          = var.subnet_ids
    security_groups  = [aws_security_group.controller.id]
    assign_public_ip = var.assign_public_ip
  }

  lifecycle {
    precondition {
      condition     = var.replicas == 1 || try(yamldecode(var.config).spec.replicas.lease.table, "") == aws_dynamodb_table.leases.name
      error_message = "Without spec.replicas.lease.table in the config, several replicas would all write: name the table of leases there, or set replicas to 1."
    }
  }

  # A task that starts before its permissions are there would only fail and be started again.
  depends_on = [aws_iam_role_policy.task, aws_iam_role_policy.execution, aws_iam_role_policy.secrets]
}
