#!/usr/bin/env bash
# Run a command of mathmine from this machine, with its jobs on Dataflow:
#   PROJECT=my-project REGION=us-central1 BUCKET=gs://my-bucket IMAGE=REGISTRY/mathmine \
#     infra/dataflow/run.sh run --config configs/paper.toml --crawl gs://my-bucket/warc.paths.gz \
#     --seed gs://my-bucket/seed --benchmarks gs://my-bucket/benchmarks --out gs://my-bucket/out
# This machine only submits jobs and decides between them; if it goes away, the same command resumes.
# With --dry_run the jobs are built and printed, and nothing is submitted. Flags of yours take
# precedence over those of this script.
set -euo pipefail
: "${PROJECT:?the project of Google Cloud}" "${REGION:?such as us-central1}"
: "${BUCKET:?gs:// and the name of a bucket}" "${IMAGE:?the image built of infra/Dockerfile}"
command=${1:?a command of mathmine, such as run}
shift
exec ${MATHMINE:-mathmine} "$command" \
  --runner=DataflowRunner \
  --project="$PROJECT" \
  --region="$REGION" \
  --temp_location="$BUCKET/temp" \
  --staging_location="$BUCKET/staging" \
  --sdk_container_image="$IMAGE" \
  --autoscaling_algorithm=THROUGHPUT_BASED \
  --max_num_workers="${MAX_WORKERS:-100}" \
  --worker_machine_type="${MACHINE:-n2-standard-4}" \
  --disk_size_gb="${DISK_GB:-50}" \
  --service_account_email="${SERVICE_ACCOUNT:-mathmine@$PROJECT.iam.gserviceaccount.com}" \
  "$@"
