"""The command line, mistakes in it above all."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.__main__ import main
from pipelines.cli_flags import check_flags

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--runer=FlinkRunner"], "unknown flag --runer; did you mean --runner?"),
        (["--crawll", "x"], "unknown flag --crawll; did you mean --crawl?"),
        (["--bechmarks=x"], "unknown flag --bechmarks; did you mean --benchmarks?"),
        (["--direct_num_worker", "2"], "did you mean --direct_num_workers?"),
        (["-x"], "unknown flag -x"),
        (["stray"], "no flag takes 'stray'"),
        (["--direct_num_workers", "2", "3"], "no flag takes '3'"),
    ],
)
def test_a_misspelt_flag_is_an_error_that_names_the_right_one(flags, complaint):
    with pytest.raises(ValueError, match=re.escape(complaint)):
        check_flags(flags, own_flags=["crawl", "benchmarks"])


def test_flags_of_beam_pass():
    check_flags(["--runner=FlinkRunner", "--no_save_main_session", "--parallelism", "4"])


INPUTS = {"--config": "c.toml", "--crawl": "crawl", "--seed": "seed.jsonl", "--benchmarks": "bench"}


@pytest.fixture
def here(tmp_path, monkeypatch, examples):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text("")
    (tmp_path / "crawl").symlink_to(examples / "crawl")
    (tmp_path / "seed.jsonl").symlink_to(examples / "seed.jsonl")
    (tmp_path / "bench").symlink_to(examples / "benchmarks")
    return tmp_path


def run(**changes):
    inputs = INPUTS | {"--out": "out"} | {f"--{name}": value for name, value in changes.items()}
    return main(["run", *(word for pair in inputs.items() for word in pair)])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"config": "none.toml"}, "none.toml"),
        ({"crawl": "none"}, "--crawl none: no WARC file there"),
        ({"crawl": "bench"}, "--crawl bench: no WARC file there"),
        ({"seed": "none"}, "--seed none: no file there"),
        ({"benchmarks": "none"}, "--benchmarks none: no .jsonl"),
        ({"labels": "c.toml"}, "c.toml: no column 'label'"),
        ({"labels": "none.csv"}, "none.csv"),
        ({"crawlx": "crawl"}, "did you mean --crawl?"),
    ],
)
def test_inputs_that_are_not_there_stop_the_run_before_any_work(here, capsys, changes, complaint):
    assert run(**changes) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (here / "out").exists()


def test_a_misspelt_setting_is_one_line(here, capsys):
    (here / "c.toml").write_text("[rounds]\nmax_round = 2\n")
    assert run() == 2
    error = capsys.readouterr().err
    assert error == (
        "mathmine: c.toml: unknown key 'rounds.max_round'; did you mean 'max_rounds'?\n"
    )


def test_commands_need_what_the_ones_before_them_made(here, capsys):
    common = ["--config", "c.toml", "--out", "out"]
    assert main(["round", "--seed", "seed.jsonl", *common]) == 2
    assert "run `mathmine prepare` first" in capsys.readouterr().err
    assert main(["write", "--benchmarks", "bench", *common]) == 2
    assert "run `mathmine prepare` first" in capsys.readouterr().err


def test_extract_prints_the_text_of_a_page(tmp_path, capsys):
    page = tmp_path / "page.html"
    page.write_bytes("<p>naïve <script type='math/tex'>x^2</script></p>".encode("latin-1"))
    assert main(["extract", str(page), "--content-type", "text/html; charset=latin-1"]) == 0
    assert capsys.readouterr().out.strip() == "naïve $x^2$"


def test_help_is_quick_for_it_does_not_wait_for_beam():
    code = (
        "import sys; from pipelines.__main__ import _parser; _parser().format_help(); "
        "assert 'apache_beam' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)


def test_an_unforeseen_error_is_one_line_unless_debugging(tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(b"<p>x</p>")
    code = (
        "import sys; from pipelines import commands; from pipelines.__main__ import main\n"
        "commands.COMMANDS['extract'] = lambda args, jobs: {}['missing']\n"
        f"sys.exit(main(['extract', {str(page)!r}, *sys.argv[1:]]))"
    )

    def errors(*more):
        command = [sys.executable, "-c", code, *more]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 1
        return done.stderr

    assert errors().splitlines()[-1] == "mathmine: KeyError: 'missing' (--debug shows more)"
    assert "Traceback" not in errors()
    assert "Traceback" in errors("--debug")
