output "task_role_arn" {
  description = "The subject of the federated credential in Entra, and controller_role_arn of the spokes."
  value       = aws_iam_role.task.arn
}

output "lease_table_name" {
  description = "The table by which replicas share accounts."
  value       = aws_dynamodb_table.leases.name
}

output "log_group_name" {
  description = "Where the journal and the log are."
  value       = aws_cloudwatch_log_group.controller.name
}
