variable "project" {
  type        = string
  description = "Project of Google Cloud that pays."
}

variable "region" {
  type        = string
  description = "Region of the bucket and of the workers: traffic between regions costs."
  default     = "us-central1"
}

variable "bucket" {
  type        = string
  description = "Name of the bucket to make, without gs://."
}

variable "submitters" {
  type        = list(string)
  description = "Members that may submit jobs, such as user:a@example.org."
  default     = []
}
