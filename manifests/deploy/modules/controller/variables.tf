variable "region" {
  description = "Where the controller runs."
  type        = string
}

variable "image" {
  description = "The image, by digest: a tag can be moved to other code."
  type        = string

  validation {
    condition     = can(regex("@sha256:[0-9a-f]{64}$", var.image))
    error_message = "Name the image by its digest, as REPOSITORY@sha256:…"
  }
}

variable "repository_arn" {
  description = "The ECR repository of the image."
  type        = string
}

variable "config" {
  description = "The ControllerConfig, as YAML. It holds no secrets: whoever may describe task definitions can read it."
  type        = string
}

variable "environment" {
  description = "Environment variables of the controller, such as AZURE_CLIENT_ID."
  type        = map(string)
  default     = {}
}

variable "secrets" {
  description = "Environment variables whose values are secrets of Secrets Manager, by ARN, such as ROLEWARDEN_GIT_TOKEN."
  type        = map(string)
  default     = {}
}

variable "spoke_role_arns" {
  description = "The spoke roles that the controller enters."
  type        = list(string)
}

variable "vpc_id" {
  description = "The VPC of the subnets."
  type        = string
}

variable "subnet_ids" {
  description = "Subnets with a way out to the internet, in two availability zones or more."
  type        = list(string)
}

variable "assign_public_ip" {
  description = "For subnets whose way out is an internet gateway."
  type        = bool
  default     = false
}

variable "metrics_security_group_ids" {
  description = "Who may read the metrics on port 9464, which name nobody."
  type        = list(string)
  default     = []
}

variable "replicas" {
  description = "How many run. More than one share the accounts by leases."
  type        = number
  default     = 2
}

variable "cpu" {
  description = "CPU units of a replica."
  type        = number
  default     = 512
}

variable "memory" {
  description = "Memory of a replica in MiB. The heap of the image is bounded to 512."
  type        = number
  default     = 1024
}

variable "log_retention_days" {
  description = "How long the journal is kept."
  type        = number
  default     = 400
}

variable "log_kms_key_arn" {
  description = "A key to encrypt the journal with; null: CloudWatch's own."
  type        = string
  default     = null
}
