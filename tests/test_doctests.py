"""The examples in docstrings are right."""

import doctest
import importlib
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # imports torch and Beam

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("schemas", "transforms", "pipelines", "training")
MODULES = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if ">>> " in path.read_text(encoding="utf-8")
)


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_of_a_module_are_right(module):
    result = doctest.testmod(importlib.import_module(module))
    assert result.attempted > 0
    assert result.failed == 0
