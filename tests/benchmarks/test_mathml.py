import json
import sys
from types import SimpleNamespace

import pytest

from benchmarks import mathml


def test_formulas_are_distinct_and_have_the_tex_of_their_author(tmp_path):
    formulas = [
        {"kind": "annot", "tex": " x ", "display": True},
        {"kind": "delim_d", "tex": "x"},
        {"kind": "delim_ascii", "tex": "sqrt(2)"},
        {"kind": "mjx_mml", "tex": "y"},
        {"kind": "script_tex", "tex": "z"},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"formulas": formulas}))
    assert mathml._read_formulas(tmp_path) == [("x", True), ("z", False)]


def test_formulas_are_found_in_any_part_of_pandocs_document():
    block = {
        "t": "Div",
        "c": [["0", [], []], [mathml._pandoc_math("x", False), mathml._pandoc_math("y", True)]],
    }
    assert mathml._math_of(block) == ["x", "y"]


def test_a_program_that_is_not_installed_is_skipped_with_a_reason(tmp_path, monkeypatch, capsys):
    (tmp_path / "data" / "math" / "gt").mkdir(parents=True)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "score", SimpleNamespace(canonical=str.strip))
    monkeypatch.setitem(sys.modules, "latex2mathml.converter", None)
    monkeypatch.setitem(sys.modules, "pypandoc", None)
    monkeypatch.setattr(sys, "argv", ["mathml.py", str(tmp_path)])
    mathml.main()
    printed = capsys.readouterr().out
    assert printed.splitlines()[0] == "0 formulas"
    assert "KaTeX        skipped: node is not on the PATH" in printed
    assert "latex2mathml skipped: pip install latex2mathml" in printed
    assert "pandoc       skipped: pip install pypandoc_binary" in printed
    assert "LaTeXML      skipped: latexmlmath is not on the PATH (install LaTeXML)" in printed


@pytest.mark.parametrize(
    ("wanted", "results", "share"), [(["a", "b"], ["a", "c"], 0.5), ([], [], 0)]
)
def test_the_share_of_exact_results(wanted, results, share):
    assert mathml._exact(wanted, results) == share
