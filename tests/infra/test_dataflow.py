"""What runs on Dataflow, compared with the code: nothing of it can be started here."""

import json
import os
import re
import subprocess

import hcl2
import pytest
from apache_beam.options.pipeline_options import PipelineOptions, WorkerOptions

from infra.dataflow.template import SEVERAL, SWITCHES, arguments
from pipelines.__main__ import _parser, main
from pipelines.commands import dry_run
from pipelines.dry_run.job_graphs import JobGraph
from tests.conftest import ROOT
from transforms.storage.files import Storage

FOLDER = ROOT / "infra" / "dataflow"
STAGES = ("prepare", "dedup", "round", "write")
NOT_OF_TEMPLATES = {"help", "debug", "dry_run", "show", "explain"}


def metadata(stage):
    return json.loads((FOLDER / "templates" / f"{stage}.json").read_text())


def flags(command):
    """The flags of a command by name, without dashes."""
    [commands] = (a.choices for a in _parser(True)._actions if isinstance(a.choices, dict))
    actions = {a.option_strings[-1].lstrip("-"): a for a in commands[command]._actions}
    return {name: action for name, action in actions.items() if name not in NOT_OF_TEMPLATES}


def test_there_is_a_template_for_each_stage():
    assert sorted(path.stem for path in (FOLDER / "templates").iterdir()) == sorted(STAGES)


@pytest.mark.parametrize("stage", STAGES)
def test_the_parameters_of_a_template_are_the_flags_of_its_command(stage):
    parameters = {each["name"]: each for each in metadata(stage)["parameters"]}
    options = flags(stage)
    assert parameters.keys() == options.keys()
    for name, parameter in parameters.items():
        must = options[name].required or (stage, name) == ("dedup", "config")
        must = must or (stage, name) == ("dedup", "out")
        assert parameter.get("isOptional", False) is not must, name
        takes_several = options[name].nargs == "+" or "Append" in type(options[name]).__name__
        if takes_several and "bucket" not in name:
            assert name in SEVERAL
        assert (options[name].nargs == 0) is (name in SWITCHES)
        assert (parameter["paramType"] == "BOOLEAN") is (name in SWITCHES)


@pytest.mark.parametrize("stage", STAGES)
def test_metadata_has_the_keys_that_dataflow_knows(stage):
    file = metadata(stage)
    assert set(file) == {"name", "description", "parameters"}
    for parameter in file["parameters"]:
        assert {"name", "label", "helpText", "paramType"} <= set(parameter)
        assert set(parameter) <= {
            *("name", "label", "helpText", "paramType", "isOptional", "regexes")
        }
        assert parameter["paramType"] in ("TEXT", "BOOLEAN", "GCS_WRITE_FOLDER")
        for regex in parameter.get("regexes", ()):
            re.compile(regex)


def test_parameters_become_the_words_of_the_command(monkeypatch):
    monkeypatch.setattr(Storage, "read", lambda _, url: f"# {url}\n".encode())  # no cloud is here
    parameters = ["--no-wait=false", "--seed=gs://a/x,gs://b", "--break-lock=true", "--labels=a=b"]
    words = arguments("round", "r/worker", [*parameters, "--config=gs://a/s.toml"])
    *rest, config = words
    assert rest == [
        *("round", "--sdk_container_image=r/worker", "--seed=gs://a/x", "--seed=gs://b"),
        *("--break-lock", "--labels=a=b"),
    ]
    with open(config.removeprefix("--config="), encoding="utf-8") as copy:
        assert copy.read() == "# gs://a/s.toml\n"


def test_the_image_has_the_versions_that_are_tested():
    text = (ROOT / "infra" / "Dockerfile").read_text()
    pins = (ROOT / "constraints.txt").read_text()
    beam = re.search(r"^apache-beam(?:\[.*\])?==(\S+)", pins, re.M)[1]
    assert re.findall(r"apache/beam_python([\d.]+)_sdk:([\d.]+)", text) == [("3.11", beam)]
    assert set(re.findall(r"FROM python:([\d.]+)", text)) == {"3.11"}
    assert "--python-version 3.11" in (ROOT / "Makefile").read_text()
    for source in re.findall(r"^COPY (?!--from)(\S+) ", text, re.M):
        assert (ROOT / source).exists()
    stages = re.findall(r"^FROM \S+ AS (\S+)", text, re.M)
    assert stages == ["build", "worker", "template"]
    assert text.rstrip().endswith("FROM worker")


def terraform():
    files = sorted((FOLDER / "terraform").glob("*.tf"))
    assert [file.name for file in files] == ["main.tf", "outputs.tf", "variables.tf"]
    return "\n".join(file.read_text() for file in files)


def test_terraform_refers_to_what_it_declares():
    text = terraform()
    parsed = hcl2.loads(text)
    plain = {key for block in parsed["variable"] for key in block}
    variables = {name.strip('"') for name in plain}
    assert set(re.findall(r"\bvar\.(\w+)", text)) == variables
    resources = {
        (kind.strip('"'), name.strip('"'))
        for block in parsed["resource"]
        for kind, named in block.items()
        for name in named
        if not name.startswith("__")
    }
    used = set(re.findall(r"\b(google_\w+)\.(\w+)(?=[.\]])", text))
    assert used <= resources
    assert ("google_storage_bucket", "data") in resources
    assert {name.strip('"') for block in parsed["output"] for name in block} == {
        *("bucket", "registry", "service_account"),
    }


def test_the_workers_of_a_template_have_the_image_that_is_built_with_it(tmp_path):
    calls = recorded_calls(
        tmp_path, "build_templates.sh", [], REGISTRY="r/mathmine", BUCKET="gs://b"
    )
    pushed = [words[2] for words in calls if words[:2] == ["docker", "push"]]
    assert pushed == ["r/mathmine/worker", *(f"r/mathmine/template-{s}" for s in sorted(STAGES))]
    built = [words for words in calls if "--target" in words]
    assert len(built) == len(STAGES)
    for words in built:
        assert "WORKER=r/mathmine/worker" in words
        assert f"r/mathmine/template-{stage_of(words)}" in words
    dockerfile = (ROOT / "infra" / "Dockerfile").read_text()
    assert "ENV MATHMINE_STAGE=${STAGE} MATHMINE_WORKER=${WORKER}\n" in dockerfile
    staged = PipelineOptions(arguments("prepare", "r/mathmine/worker", [])[1:])
    assert staged.view_as(WorkerOptions).sdk_container_image == "r/mathmine/worker"


def stage_of(words):
    [stage] = [word.removeprefix("STAGE=") for word in words if word.startswith("STAGE=")]
    return stage


def test_flags_of_the_user_take_precedence_over_those_of_the_launch_script(tmp_path):
    variables = {"PROJECT": "p", "REGION": "r", "BUCKET": "gs://b", "IMAGE": "i"}
    words = ["dedup", "--out=gs://b/out", "--max_num_workers=7"]
    [call] = recorded_calls(tmp_path, "run.sh", words, **variables)
    assert call[:2] == ["mathmine", "dedup"]
    options = PipelineOptions([word for word in call[2:] if not word.startswith("--out")])
    assert options.view_as(WorkerOptions).max_num_workers == 7


def recorded_calls(folder, script, words, **variables):
    """The words of each call of a program that is not here, made by a script."""
    log = folder / "calls"
    for program in ("docker", "gcloud", "mathmine"):
        path = folder / program
        path.write_text(f'#!/bin/sh\n(printf "%s\\t" {program} "$@"; echo) >> "{log}"\n')
        path.chmod(0o755)
    env = {"PATH": f"{folder}:{os.environ['PATH']}", **variables}
    subprocess.run([FOLDER / script, *words], env=env, check=True)
    return [line.split("\t")[:-1] for line in log.read_text().splitlines()]


def test_the_flags_of_beam_in_the_document_can_be_given_as_they_are_written():
    text = (ROOT / "docs" / "dataflow.md").read_text()
    known = {name for command in STAGES for name in flags(command)} | NOT_OF_TEMPLATES
    written = set(re.findall(r"`(--[\w-]+(?:=[^`\s]+)?)`", text))
    beam = sorted(f for f in written if f[2:].partition("=")[0] not in known | {"parameters"})
    beam = [flag for flag in beam if "=" in flag or flag.startswith("--no_")]
    assert len(beam) >= 7
    for flag in beam:
        assert PipelineOptions([flag]).get_all_options(drop_default=True), flag


@pytest.mark.parametrize("script", ["run.sh", "build_templates.sh"])
def test_scripts_are_valid_and_name_what_is_missing(script):
    path = FOLDER / script
    subprocess.run(["bash", "-n", path], check=True)
    done = subprocess.run(
        [path], env={"PATH": os.environ["PATH"]}, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert re.search(r": (PROJECT|REGISTRY): ", done.stderr)


def test_the_launch_script_passes_flags_with_which_jobs_are_built(monkeypatch, capsys):
    env = os.environ | {
        "PROJECT": "project-1",
        "REGION": "us-central1",
        "BUCKET": "gs://bucket",
        "IMAGE": "registry/mathmine:1",
        "MATHMINE": "echo",
    }
    words = ["prepare", "--config", "configs/example.toml", "--crawl", "gs://bucket/warc.paths.gz"]
    words += ["--out", "gs://bucket/out", "--dry_run"]
    done = subprocess.run(
        [FOLDER / "run.sh", *words], cwd=ROOT, env=env, capture_output=True, text=True, check=True
    )
    passed = done.stdout.split()
    assert passed[0] == "prepare"
    graph = JobGraph("pages", ("Items", "PrepareShards", "ReportParts"), 22, "registry/mathmine:1")
    built = []
    monkeypatch.setattr(
        dry_run, "build_graphs", lambda settings, jobs: built.append(jobs.flags) or [graph]
    )
    monkeypatch.chdir(ROOT)
    assert main(passed) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["pages", "22", "Items,", "PrepareShards,", "ReportParts"]
    assert lines[3] == "1 job for DataflowRunner: built, not submitted."
    assert "image of the workers: registry/mathmine:1" in lines
    assert "--service_account_email=mathmine@project-1.iam.gserviceaccount.com" in lines
    assert "--max_num_workers=100" in lines
    assert "--runner=DataflowRunner" in built[0]
