variable "subject" {
  description = "The sub claim of the workflow's tokens, whole. It must name the workflow at the default branch, or whoever may push a branch gets the role."
  type        = string

  validation {
    condition     = can(regex(":job_workflow_ref:[^:*]+/rolewarden-plan\\.yaml@refs/heads/[^:*]+$", var.subject))
    error_message = "The subject ends with :job_workflow_ref:OWNER/REPOSITORY/.github/workflows/rolewarden-plan.yaml@refs/heads/BRANCH."
  }
}

variable "reader_role_arns" {
  description = "The readers of the spokes."
  type        = list(string)
}

variable "provider_arn" {
  description = "The account's provider for token.actions.githubusercontent.com, if it has one: there can be only one."
  type        = string
  default     = null
}
