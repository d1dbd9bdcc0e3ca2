# What a run on Dataflow needs: a bucket, a registry for the image, and an account for the workers.
#   terraform init && terraform apply -var project=my-project -var bucket=my-bucket

terraform {
  required_version = ">= 1.5"
  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 6.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region
}

resource "google_project_service" "apis" {
  for_each           = toset(["dataflow.googleapis.com", "compute.googleapis.com", "artifactregistry.googleapis.com"])
  service            = each.value
  disable_on_destroy = false
}

resource "google_storage_bucket" "data" {
  name                        = var.bucket
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"

  # Every file is written whole and never changed: soft deletion would only cost.
  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    condition {
      age            = 14
      matches_prefix = ["temp/", "staging/"]
    }
    action {
      type = "Delete"
    }
  }
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "mathmine"
  location      = var.region
  format        = "DOCKER"
  depends_on    = [google_project_service.apis]
}

resource "google_service_account" "workers" {
  account_id   = "mathmine"
  display_name = "Workers of mathmine on Dataflow"
}

resource "google_project_iam_member" "worker" {
  project = var.project
  role    = "roles/dataflow.worker"
  member  = "serviceAccount:${google_service_account.workers.email}"
}

resource "google_storage_bucket_iam_member" "data" {
  bucket = google_storage_bucket.data.name
  role   = "roles/storage.objectAdmin"
  member = "serviceAccount:${google_service_account.workers.email}"
}

resource "google_artifact_registry_repository_iam_member" "images" {
  repository = google_artifact_registry_repository.images.name
  location   = google_artifact_registry_repository.images.location
  role       = "roles/artifactregistry.reader"
  member     = "serviceAccount:${google_service_account.workers.email}"
}

# Who submits jobs, if not the owner of the project.
resource "google_service_account_iam_member" "submitters" {
  for_each           = toset(var.submitters)
  service_account_id = google_service_account.workers.name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}

resource "google_project_iam_member" "submitters" {
  for_each = toset(var.submitters)
  project  = var.project
  role     = "roles/dataflow.developer"
  member   = each.value
}
