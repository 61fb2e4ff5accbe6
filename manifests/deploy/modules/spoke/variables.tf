variable "instance" {
  description = "spec.instance of the ControllerConfig: the mark on every role that is ours."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.instance))
    error_message = "The instance is a DNS label, as in the ControllerConfig."
  }
}

variable "controller_role_arn" {
  description = "The task role of the controller, which may enter here."
  type        = string
}

variable "external_id" {
  description = "spokeRole.externalId of the Account."
  type        = string

  validation {
    condition     = can(regex("^[\\w+=,.@:/-]+$", var.external_id)) && length(var.external_id) >= 16
    error_message = "At least 16 letters, digits and +=,.@:/-_, such as those of uuidgen."
  }
}

variable "plan_role_arn" {
  description = "The role that pull requests are planned with; null: no pull request is planned against this account."
  type        = string
  default     = null
}

variable "ecs_writes" {
  description = "As ecsWrites of the Account: services may get other task roles, and afterRevoke: stopTask works."
  type        = bool
  default     = false
}

variable "passable_role_arns" {
  description = "The execution roles of bound services, and every existing role that a binding may name in taskRole.arn. Whoever may merge a binding may give any of them to a service: name roles, no patterns."
  type        = list(string)
  default     = []
}

variable "shared_role_arns" {
  description = "Roles of others, of which a policy may be one of several owners (ownership: statements). Their owners tag them besides."
  type        = list(string)
  default     = []
}

variable "task_role_boundary_arns" {
  description = "As taskRoleBoundaries of the Account."
  type        = list(string)
  default     = []
}

variable "saml_metadata" {
  description = "The federation metadata of the enterprise application, as XML; null: the SAML provider is made elsewhere."
  type        = string
  default     = null
}

variable "saml_provider_name" {
  description = "saml.providerName of the Federation."
  type        = string
  default     = "EntraID"
}
