output "spoke_role_arn" {
  description = "spokeRole.arn of the Account."
  value       = aws_iam_role.spoke.arn
}

output "reader_role_arn" {
  description = "What pull requests are planned with; null: there is none."
  value       = one(aws_iam_role.reader[*].arn)
}

output "boundary_arn" {
  description = "permissionsBoundary of the Account."
  value       = aws_iam_policy.boundary.arn
}
