"""docs/ARCHITECTURE.md in executable form: which room may import which, and how full a room is."""

import ast
import graphlib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("schemas", "transforms", "pipelines", "training")
FORBIDDEN = {
    "schemas": {"apache_beam", "torch", "transformers", "transforms", "pipelines", "training"},
    "transforms": {"torch", "transformers", "pipelines", "training"},
    "pipelines": {"torch", "transformers", "training"},
    "training": {"apache_beam", "transforms", "pipelines"},
}
ONLY_IMPORTS = {  # a file that may import a package in spite of FORBIDDEN, and its only user
    "pipelines.verify_answer": ("training.verifier", "pipelines.commands.problems"),
}
ROOMS = {  # room: the rooms that it may import; any other import is an error
    "schemas": set(),
    "transforms.warc": set(),
    "transforms.text": set(),
    "transforms.html": set(),
    "transforms.content": {"transforms.html", "transforms.text"},
    "transforms.latex.mathml": set(),
    "transforms.latex": {"transforms.latex.mathml"},
    "transforms.storage": {"schemas"},
    "transforms.formulas": {
        "schemas",
        "transforms.html",
        "transforms.latex",
        "transforms.latex.mathml",
    },
    "transforms.dedup": {"schemas", "transforms.text", "transforms.storage"},
    "transforms.decontamination": {"schemas", "transforms.text", "transforms.storage"},
    "transforms.line_cleaning": {"schemas", "transforms.text", "transforms.storage"},
    "transforms.pages": {
        "schemas",
        "transforms.warc",
        "transforms.text",
        "transforms.html",
        "transforms.content",
        "transforms.formulas",
        "transforms.storage",
        "transforms.dedup",
    },
    "transforms.patterns": {"schemas", "transforms.text", "transforms.storage"},
    "transforms.expansion": {
        "schemas",
        "transforms.text",
        "transforms.storage",
        "transforms.patterns",
        "transforms.warc",
    },
    "transforms.classifier": {
        "schemas",
        "transforms.text",
        "transforms.storage",
        "transforms.patterns",
    },
    "transforms.recall": {
        "schemas",
        "transforms.text",
        "transforms.storage",
        "transforms.patterns",
        "transforms.classifier",
    },
    "transforms.judging": {
        "schemas",
        "transforms.text",
        "transforms.storage",
        "transforms.patterns",
        "transforms.classifier",
        "transforms.recall",
    },
    "transforms.corpus": {
        "schemas",
        "transforms.text",
        "transforms.storage",
        "transforms.dedup",
        "transforms.decontamination",
        "transforms.line_cleaning",
        "transforms.judging",
    },
    "transforms.problems": {
        "schemas",
        "transforms.text",
        "transforms.storage",
        "transforms.decontamination",
    },
    "transforms": {"transforms.pages", "transforms.latex.mathml", "transforms.text"},
    "pipelines": {"schemas", "transforms.pages", "transforms.dedup", "transforms.storage"},
    "pipelines.jobs": {"schemas", "pipelines", "transforms.storage"},
    "pipelines.rounds": {
        "schemas",
        "pipelines",
        "pipelines.jobs",
        "transforms.text",
        "transforms.storage",
        "transforms.patterns",
        "transforms.classifier",
        "transforms.recall",
        "transforms.judging",
    },
    "pipelines.stages": {
        "schemas",
        "pipelines",
        "pipelines.jobs",
        "pipelines.rounds",
        "transforms.text",
        "transforms.storage",
        "transforms.pages",
        "transforms.dedup",
        "transforms.patterns",
        "transforms.expansion",
        "transforms.classifier",
        "transforms.recall",
        "transforms.judging",
        "transforms.decontamination",
        "transforms.line_cleaning",
        "transforms.corpus",
        "transforms.problems",
    },
    "pipelines.verify_answer": {"schemas", "training.verifier", "transforms.problems"},
    "pipelines.planning": {
        "schemas",
        "pipelines",
        "pipelines.jobs",
        "pipelines.stages",
        "transforms.storage",
        "transforms.pages",
    },
    "pipelines.inspection": {
        "schemas",
        "pipelines",
        "pipelines.jobs",
        "pipelines.rounds",
        "pipelines.stages",
        "transforms.text",
        "transforms.storage",
        "transforms.pages",
        "transforms.dedup",
        "transforms.patterns",
        "transforms.line_cleaning",
        "transforms.corpus",
    },
    "pipelines.dry_run": {
        "schemas",
        "pipelines",
        "pipelines.stages",
        "transforms.storage",
    },
    "pipelines.decontamination": {
        "schemas",
        "pipelines",
        "pipelines.stages",
        "transforms.storage",
        "transforms.decontamination",
    },
    "pipelines.commands": {
        "schemas",
        "pipelines",
        "pipelines.decontamination",
        "pipelines.dry_run",
        "pipelines.inspection",
        "pipelines.planning",
        "pipelines.verify_answer",
        "pipelines.jobs",
        "pipelines.rounds",
        "pipelines.stages",
        "transforms.html",
        "transforms.pages",
        "transforms.storage",
        "transforms.warc",
    },
    "pipelines.__main__": {"schemas", "pipelines", "pipelines.commands"},
    "training.settings": {"schemas"},
    "training.verifier": set(),
    "training.data": {"schemas", "training.settings"},
    "training.run": {"schemas", "training.settings"},
    "training.models": {"schemas", "training.settings", "training.run", "training.data"},
    "training.generation": {"schemas", "training.settings", "training.models"},
    "training.trainer": {
        "schemas",
        "training.settings",
        "training.run",
        "training.data",
        "training.models",
    },
    "training.rewards": {
        "schemas",
        "training.settings",
        "training.models",
        "training.generation",
        "training.verifier",
    },
    "training.evaluation": {
        "schemas",
        "training.settings",
        "training.run",
        "training.data",
        "training.models",
        "training.generation",
        "training.trainer",
        "training.verifier",
    },
    "training.reward_models": {
        "schemas",
        "training.settings",
        "training.run",
        "training.data",
        "training.models",
        "training.generation",
        "training.trainer",
        "training.rewards",
    },
    "training.rl": {
        "schemas",
        "training.settings",
        "training.run",
        "training.data",
        "training.models",
        "training.generation",
        "training.verifier",
        "training.rewards",
        "training.reward_models",
    },
    "training": {  # the scripts
        "schemas",
        "training.settings",
        "training.run",
        "training.data",
        "training.models",
        "training.generation",
        "training.trainer",
        "training.verifier",
        "training.rewards",
        "training.evaluation",
        "training.reward_models",
        "training.rl",
    },
}
MOST_FILES = 20  # in one folder, without __init__.py
THIN_LINES = 40  # a file with fewer lines of code is thin
THIN_SHARE = 1 / 3  # of the files of training/ at most


def sources(package):
    return sorted((ROOT / package).rglob("*.py"))


def module_of(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_module(name):
    path = ROOT.joinpath(*name.split("."))
    return path.with_suffix(".py").exists() or (path / "__init__.py").exists()


def room_of(module):
    """The longest room that holds a module."""
    return max((room for room in ROOMS if f"{module}.".startswith(f"{room}.")), key=len)


def imports(path):
    """Names of all modules that a file imports, `from package import module` included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                ours = node.module.split(".")[0] in PACKAGES
                yield name if ours and is_module(name) else node.module


def lines_of_code(path):
    """Lines that hold code: neither blank, nor comment, nor docstring."""
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    prose = set()
    for node in ast.walk(tree):
        if isinstance(node, documented) and ast.get_docstring(node) is not None:
            prose |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    lines = enumerate(source.splitlines(), start=1)
    return sum(
        1
        for number, line in lines
        if line.strip() and not line.strip().startswith("#") and number not in prose
    )


@pytest.mark.parametrize("package", FORBIDDEN)
def test_packages_import_only_downwards(package):
    offences = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in {top_level(name, path) for name in imports(path)} & FORBIDDEN[package]
    }
    assert not offences


def top_level(name, path):
    """The package of an imported module, "" if ONLY_IMPORTS names it for this file."""
    room, _ = ONLY_IMPORTS.get(module_of(path), ("", ""))
    return "" if room and f"{name}.".startswith(f"{room}.") else name.split(".")[0]


def test_a_file_that_may_import_more_has_one_user():
    users = {
        name: {module_of(path) for path in sources("pipelines") if name in imports(path)}
        for name in ONLY_IMPORTS
    }
    assert users == {name: {user} for name, (_, user) in ONLY_IMPORTS.items()}


@pytest.mark.parametrize("package", PACKAGES)
def test_rooms_import_only_the_rooms_they_may(package):
    offences = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in sources(package)
        for name in imports(path)
        if name.split(".")[0] in PACKAGES
        and room_of(name) not in ROOMS[room_of(module_of(path))] | {room_of(module_of(path))}
    }
    assert not offences


def test_every_folder_with_code_is_a_room():
    folders = {
        module_of(path).rpartition(".")[0] or package
        for package in PACKAGES
        for path in sources(package)
        if path.name != "__init__.py"
    }
    assert folders <= set(ROOMS)


def test_files_have_no_import_cycle():
    graph = {
        module_of(path): {name for name in imports(path) if name.split(".")[0] in PACKAGES}
        for package in PACKAGES
        for path in sources(package)
    }
    graphlib.TopologicalSorter(graph).prepare()


def test_no_folder_is_crowded():
    counts = {}
    for package in PACKAGES:
        for path in sources(package):
            if path.name != "__init__.py":
                counts[path.parent] = counts.get(path.parent, 0) + 1
    assert {str(folder): count for folder, count in counts.items() if count > MOST_FILES} == {}


def test_few_files_of_training_are_thin():
    files = [path for path in sources("training") if path.name != "__init__.py"]
    thin = [path for path in files if lines_of_code(path) < THIN_LINES]
    assert len(thin) <= len(files) * THIN_SHARE, sorted(str(path) for path in thin)
