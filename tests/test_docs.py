"""The documents agree with the code."""

import re
import subprocess
import sys
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from pipelines.__main__ import _parser
from schemas import settings, shards
from training.settings import grpo as grpo_settings
from training.settings import reward as reward_settings
from training.settings import rollout as rollout_settings

ROOT = Path(__file__).resolve().parents[1]


def read(name):
    return (ROOT / name).read_text(encoding="utf-8")


def documents():
    folders = ("docs", "benchmarks", "examples", "infra")
    below = (path for folder in folders for path in (ROOT / folder).rglob("*.md"))
    return [*ROOT.glob("*.md"), *below]


def test_every_transform_is_named_in_the_architecture():
    sources = "".join(path.read_text() for path in (ROOT / "transforms").rglob("*.py"))
    names = re.findall(r"^class (\w+)\(beam\.PTransform\)", sources, re.M)
    assert names
    assert [name for name in names if name not in read("docs/ARCHITECTURE.md")] == []


def test_every_constant_of_the_paper_is_the_default():
    corpus = read("docs/paper.md").partition("## Reinforcement learning")[0]
    assert constants_checked(corpus, settings) >= 12
    reinforcement = read("docs/paper.md").removeprefix(corpus)
    modules = (grpo_settings, rollout_settings, reward_settings)
    assert constants_checked(reinforcement, *modules) >= 9


def constants_checked(text, *modules):
    defaults = {}
    for table in (value for module in modules for value in vars(module).values()):
        if is_dataclass(table):
            for field in fields(table):
                value = field.default
                first = value[0] if isinstance(value, tuple) and value else value
                defaults.setdefault(field.name, []).append(first)
    constants = re.findall(r"`(?:\w+\.)?(\w+) = ([\d_.e-]+)`", text)
    for name, value in constants:
        assert float(value.replace("_", "")) in defaults[name], name
    return len(constants)


def test_the_columns_of_the_corpus_are_named_in_the_readme():
    assert [name for name in shards.CORPUS.names if f"`{name}`" not in read("README.md")] == []


def test_files_named_in_documents_exist():
    suffixes = r"(?:py|toml|md|csv|txt)"
    for path in documents():
        text = path.read_text(encoding="utf-8")
        named = re.findall(rf"`((?:\w+/)+[\w.-]+\.{suffixes})`", text)
        linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
        missing = [name for name in named if not (ROOT / name).exists() and name[:4] != "out/"]
        missing += [name for name in linked if not (path.parent / name).exists()]
        assert missing == [], path.name


@pytest.mark.parametrize(
    "command", ["run", "prepare", "dedup", "round", "write", "problems", "extract"]
)
def test_every_command_of_the_readme_has_help(command):
    assert f"mathmine {command}" in read("README.md")
    arguments = [sys.executable, "-m", "pipelines", command, "--help"]
    process = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    assert process.stdout.startswith(f"usage: mathmine {command}")


def test_links_of_documents_lead_to_files_and_the_site_has_all_its_pages(tmp_path):
    command = [sys.executable, "docs/site_source.py", str(tmp_path)]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (0, "")
    pages = re.findall(r"[\w/.-]+\.md", read("mkdocs.yml"))
    assert len(pages) > 20
    assert [page for page in pages if not (tmp_path / page).exists()] == []


def test_every_flag_of_every_command_is_documented():
    described = [path for path in documents() if path.name != "CHANGELOG.md"]
    text = "".join(path.read_text(encoding="utf-8") for path in described)
    [commands] = (
        action.choices for action in _parser()._actions if isinstance(action.choices, dict)
    )
    assert len(commands) >= 13
    for name, command in commands.items():
        assert f"mathmine {name}" in text, name
        flags = {flag for action in command._actions for flag in action.option_strings[:1]}
        missing = {flag for flag in flags - {"-h"} if not re.search(rf"{flag}(?![\w-])", text)}
        assert not missing, name
