#!/usr/bin/env bash
# Build the image of the workers, and the image and the specification of each flex template, which
# names that image: both are of the same checkout, for no preflight compares them.
#   REGISTRY=us-central1-docker.pkg.dev/my-project/mathmine BUCKET=gs://my-bucket \
#     infra/dataflow/build_templates.sh
set -euo pipefail
: "${REGISTRY:?the registry that Terraform made}" "${BUCKET:?gs:// and the name of a bucket}"
cd "$(dirname "$0")/../.."
worker="$REGISTRY/worker"
docker build -f infra/Dockerfile -t "$worker" .
docker push "$worker"
for metadata in infra/dataflow/templates/*.json; do
  stage=$(basename "$metadata" .json)
  image="$REGISTRY/template-$stage"
  docker build -f infra/Dockerfile --target template \
    --build-arg "STAGE=$stage" --build-arg "WORKER=$worker" -t "$image" .
  docker push "$image"
  gcloud dataflow flex-template build "$BUCKET/templates/$stage.json" \
    --image "$image" --sdk-language PYTHON --metadata-file "$metadata"
done
