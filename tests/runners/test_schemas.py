"""Files for containers match the published schemas, which the package indexes have."""

import json
import shutil
import subprocess
import sys
import zipfile

import jsonschema
import pytest
import yaml

from tests.conftest import ROOT

pytestmark = [pytest.mark.runners, pytest.mark.slow, pytest.mark.timeout(600)]
FOLDER = ROOT / "infra" / "flink"
OPERATOR = "org.apache.flink:flink-kubernetes-operator-api:1.10.0"
CRD = "META-INF/fabric8/flinkdeployments.flink.apache.org-v1.yml"
KUBERNETES = "kubernetes_validate/kubernetes-json-schema/v1.30.0-local"


def fetch(command, folder):
    """Run a client of a package index, and open the archive that it fetched."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"no `{command[0]}` on the PATH")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    archives = list(folder.glob("*.whl")) + list(folder.glob("*.jar"))
    if not archives:
        pytest.skip(f"cannot fetch {command[-1]}: {(done.stderr or done.stdout).strip()[:200]}")
    return zipfile.ZipFile(archives[0])


def from_pypi(package, folder):
    pip = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(folder)]
    return fetch([*pip, package], folder)


def documents():
    return list(yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text()))


def closed(schema):
    """The schema, which then allows no unknown property where it lists some: a typing error."""
    if isinstance(schema, dict):
        inner = {key: closed(value) for key, value in schema.items()}
        if "properties" in inner and "additionalProperties" not in inner:
            inner["additionalProperties"] = False
        return inner
    return [closed(value) for value in schema] if isinstance(schema, list) else schema


def test_the_compose_file_matches_the_compose_specification(tmp_path):
    with from_pypi("docker-compose==1.29.2", tmp_path) as wheel:
        schema = json.loads(wheel.read("compose/config/compose_spec.json"))
    compose = yaml.safe_load((FOLDER / "compose.yaml").read_text())
    schema["properties"]["name"] = {"type": "string"}  # newer than this copy of the specification
    jsonschema.Draft7Validator(schema).validate(compose)
    compose["services"]["workers"]["comand"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft7Validator(schema).validate(compose)


def test_the_flink_deployment_matches_the_schema_of_the_operator(tmp_path):
    copy = ["mvn", "-B", "-q", "dependency:copy", f"-DoutputDirectory={tmp_path}"]
    with fetch([*copy, f"-Dartifact={OPERATOR}"], tmp_path) as jar:
        versions = yaml.safe_load(jar.read(CRD))["spec"]["versions"]
    schema = closed(versions[0]["schema"]["openAPIV3Schema"])
    schema["properties"] |= {"apiVersion": {}, "kind": {}, "metadata": {}}
    (flink,) = (each for each in documents() if each["kind"] == "FlinkDeployment")
    assert flink["apiVersion"] == f"flink.apache.org/{versions[0]['name']}"
    jsonschema.validate(flink, schema)
    flink["spec"]["taskManager"]["podTemplate"]["spec"]["containers"][1]["comand"] = []
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(flink, schema)


def test_the_other_objects_match_the_schemas_of_kubernetes(tmp_path):
    files = {"Deployment": "deployment-apps-v1", "Service": "service-v1", "Job": "job-batch-v1"}
    with from_pypi("kubernetes-validate==1.37.0", tmp_path) as wheel:
        definitions = closed(json.loads(wheel.read(f"{KUBERNETES}/_definitions.json")))
        for document in documents()[1:]:
            schema = json.loads(wheel.read(f"{KUBERNETES}/{files[document['kind']]}.json"))
            schema = json.loads(json.dumps(schema).replace("/api/_definitions.json#", "#"))
            jsonschema.validate(document, closed(schema) | definitions)
