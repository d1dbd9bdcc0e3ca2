"""docs/ARCHITECTURE.md in executable form: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FORBIDDEN = {
    "schemas": {"apache_beam", "torch", "transformers", "transforms", "pipelines", "training"},
    "transforms": {"torch", "transformers", "pipelines", "training"},
    "pipelines": {"torch", "transformers", "training"},
    "training": {"apache_beam", "transforms", "pipelines"},
}


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module.split(".")[0]


@pytest.mark.parametrize("package", FORBIDDEN)
def test_packages_import_only_downwards(package):
    offences = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in (ROOT / package).rglob("*.py")
        for name in set(imports(path)) & FORBIDDEN[package]
    }
    assert not offences
