output "bucket" {
  description = "BUCKET of run.sh and build_templates.sh."
  value       = "gs://${google_storage_bucket.data.name}"
}

output "registry" {
  description = "REGISTRY of build_templates.sh; IMAGE of run.sh is REGISTRY/worker."
  value       = "${google_artifact_registry_repository.images.location}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}"
}

output "service_account" {
  description = "SERVICE_ACCOUNT of run.sh."
  value       = google_service_account.workers.email
}
