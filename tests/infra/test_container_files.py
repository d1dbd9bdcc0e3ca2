"""What containers are started with, compared with the code: they cannot be started here."""

import re

import yaml

from infra.flink.downloads import BEAM_VERSION, FLINK_VERSION
from pipelines.cli_flags import check_flags
from tests.conftest import ROOT

FOLDER = ROOT / "infra" / "flink"


def compose():
    return yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]


def kubernetes():
    documents = yaml.safe_load_all((FOLDER / "kubernetes.yaml").read_text())
    return {(document["kind"], document["metadata"]["name"]): document for document in documents}


def containers():
    """All containers of kubernetes.yaml, by name."""
    files = kubernetes()
    flink = files["FlinkDeployment", "mathmine"]["spec"]["taskManager"]["podTemplate"]
    server = files["Deployment", "mathmine-job-server"]["spec"]["template"]
    run = files["Job", "mathmine-run"]["spec"]["template"]
    return {
        each["name"]: each for pod in (flink, server, run) for each in pod["spec"]["containers"]
    }


def test_the_images_have_the_tested_versions_of_flink_and_beam():
    minor = FLINK_VERSION.rpartition(".")[0]
    flink, server = f"flink:{FLINK_VERSION}-", f"apache/beam_flink{minor}_job_server:{BEAM_VERSION}"
    services = compose()
    assert services["jobmanager"]["image"].startswith(flink)
    assert services["taskmanager"]["image"] == services["jobmanager"]["image"]
    assert services["jobserver"]["image"] == server
    deployment = kubernetes()["FlinkDeployment", "mathmine"]["spec"]
    assert deployment["image"] == services["jobmanager"]["image"]
    assert deployment["flinkVersion"] == f"v{minor.replace('.', '_')}"
    assert containers()["job-server"]["image"] == server


def test_the_worker_pool_shares_the_network_of_the_taskmanager():
    assert compose()["workers"]["network_mode"] == "service:taskmanager"
    assert [*containers()][:2] == ["flink-main-container", "workers"]


def test_the_worker_pool_is_the_one_that_is_tested_and_listens_where_the_command_says():
    pool = ["python", "-m", "apache_beam.runners.worker.worker_pool_main", "--service_port=50000"]
    workers = containers()["workers"]
    assert compose()["workers"]["entrypoint"] == pool
    assert workers["command"] + workers["args"] == pool
    assert workers["readinessProbe"]["tcpSocket"]["port"] == 50000
    assert "--environment_config=localhost:50000" in containers()["mathmine"]["args"]


def test_the_job_server_finds_flink_and_is_found():
    server = containers()["job-server"]
    (_, flink) = next(name for name in kubernetes() if name[0] == "FlinkDeployment")
    assert f"--flink-master={flink}-rest:8081" in server["args"]  # the operator's service
    assert compose()["jobserver"]["command"][0] == "--flink-master=jobmanager:8081"
    service = kubernetes()["Service", "mathmine-job-server"]["spec"]
    labels = kubernetes()["Deployment", "mathmine-job-server"]["spec"]["template"]["metadata"]
    assert service["selector"] == labels["labels"]
    assert {port["name"]: port["port"] for port in service["ports"]} == {
        port["name"]: port["containerPort"] for port in server["ports"]
    }
    assert "--job_endpoint=mathmine-job-server:8099" in containers()["mathmine"]["args"]


def test_there_is_a_worker_for_each_slot():
    slots = kubernetes()["FlinkDeployment", "mathmine"]["spec"]["flinkConfiguration"][
        "taskmanager.numberOfTaskSlots"
    ]
    assert f"--sdk_worker_parallelism={slots}" in containers()["mathmine"]["args"]
    assert containers()["workers"]["resources"]["requests"]["cpu"] == slots
    properties = yaml.safe_load(compose()["taskmanager"]["environment"]["FLINK_PROPERTIES"])
    comments = (FOLDER / "compose.yaml").read_text()
    slots = properties["taskmanager.numberOfTaskSlots"]
    assert f"--sdk_worker_parallelism={slots}\n" in comments


def test_the_flags_of_the_commands_are_flags_of_beam():
    own = ("config", "crawl", "seed", "benchmarks", "out", "break-lock")
    arguments = containers()["mathmine"]["args"]
    check_flags([flag for flag in arguments if not re.match(rf"--({'|'.join(own)})\b", flag)])
    comments = (FOLDER / "compose.yaml").read_text()
    check_flags(re.findall(r"(--(?:runner|job|environment|parallelism|sdk)[_=]\S*)", comments))


def test_the_local_cluster_has_the_settings_of_a_configuration_of_flink():
    config = yaml.safe_load((FOLDER / "config.yaml").read_text())
    assert config["classloader"]["resolve-order"] == "parent-first"
    assert config["rest"]["bind-address"] == "localhost"
