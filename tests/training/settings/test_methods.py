"""The table of methods: in the document, in the settings and against the paper's."""

import re
from dataclasses import astuple
from pathlib import Path
from typing import get_args

import pytest

from training.settings.grpo import Objective
from training.settings.methods import METHODS, MethodName

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "methods.md"


def test_the_documented_table_is_the_table_of_methods():
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.partition("| `objective.method` |")[2].partition("\n\n")[0]
    rows = {}
    for line in table.splitlines()[2:]:
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        rows[name.strip("`")] = tuple(cells)
    assert rows == {name: astuple(method) for name, method in METHODS.items()}


def test_every_surrogate_has_a_documented_formula():
    text = DOCUMENT.read_text(encoding="utf-8")
    documented = set(re.findall(r"^\| (\w+) \|", text, flags=re.MULTILINE))
    assert {method.surrogate for method in METHODS.values()} <= documented


def test_every_name_of_a_method_has_a_row():
    assert set(METHODS) == set(get_args(MethodName))
    assert all(Objective(method=name).traits is METHODS[name] for name in METHODS)


@pytest.mark.parametrize(
    ("name", "online", "reference", "pairs", "critic"),
    [  # table 10 of the paper; the reference and critic as in its figure 4 and appendix A.1
        ("grpo", True, True, False, False),
        ("ppo", True, True, False, True),
        ("online_rft", True, False, False, False),
        ("rft", False, False, False, False),
        ("sft", False, False, False, False),
        ("dpo", False, True, True, False),
    ],
)
def test_methods_need_the_models_of_the_paper(name, online, reference, pairs, critic):
    method = METHODS[name]
    assert (method.is_online, method.needs_reference) == (online, reference)
    assert (method.in_pairs, method.has_critic) == (pairs, critic)
