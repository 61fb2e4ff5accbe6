variable "target_ids" {
  description = "Organizational units or accounts that it holds for. It does not bind the management account itself."
  type        = list(string)
}

variable "administrator_arns" {
  description = "Who may change the controller's own roles, pull an emergency brake on its roles, and apply these modules: ARNs of roles, with * where accounts differ. A permission set of IAM Identity Center is arn:aws:iam::*:role/aws-reserved/sso.amazonaws.com/*/AWSReservedSSO_NAME_*."
  type        = list(string)

  validation {
    condition     = length(var.administrator_arns) > 0
    error_message = "Name somebody, or nobody could ever change the controller again."
  }
}

variable "owner_arns" {
  description = "Who may share a role with Rolewarden by the tag rolewarden:adopt, besides administrators."
  type        = list(string)
  default     = []
}

variable "saml_provider_name" {
  description = "saml.providerName of the Federation."
  type        = string
  default     = "EntraID"
}
