"""The README's commands and code do what it says."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow  # starts processes

ROOT = Path(__file__).resolve().parents[1]


def library_example():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    return readme.partition("<!-- library -->\n```python\n")[2].partition("```")[0]


def test_the_example_of_the_library_runs_without_beam_and_torch():
    code = library_example() + (
        "\nimport sys\nassert not {'apache_beam', 'torch', 'transformers'} & set(sys.modules)"
    )
    assert code.count("assert") == 5
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_help_lists_every_command():
    run = ["make", "--no-print-directory", "help"]  # as the tests themselves are run by make
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = makefile.partition(".PHONY: ")[2].partition("\n")[0].split()
    assert [line.split()[1] for line in done.stdout.splitlines()] == phony
