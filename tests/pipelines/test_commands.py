"""The command line, user errors above all."""

import gzip
import lzma
import re
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from importlib.metadata import version
from pathlib import Path

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.__main__ import _is_on_dataflow, _parser, main
from pipelines.cli_flags import check_flags, jobs_from_flags
from schemas.errors import InputError
from tests.helpers.warcs import record

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--runer=FlinkRunner"], "unknown flag --runer; did you mean --runner?"),
        (["--crawll", "x"], "unknown flag --crawll; did you mean --crawl?"),
        (["--bechmarks=x"], "unknown flag --bechmarks; did you mean --benchmarks?"),
        (["--direct_num_worker", "2"], "did you mean --direct_num_workers?"),
        (["-x"], "unknown flag -x"),
        (["stray"], "unexpected argument 'stray'"),
        (["--direct_num_workers", "2", "3"], "unexpected argument '3'"),
    ],
)
def test_a_misspelt_flag_is_an_error_that_names_the_nearest_known_flag(flags, complaint):
    with pytest.raises(InputError, match=re.escape(complaint)):
        check_flags(flags, own_flags=["crawl", "benchmarks"])


def test_credentials_reach_object_stores_through_storage_and_not_through_the_job():
    flags = ["--s3_region_name=there", "--s3_secret_access_key", "abcd", "--direct_num_workers=2"]
    jobs = jobs_from_flags(Namespace(debug=False), flags)
    assert jobs.storage.options == (("s3_region_name", "there"), ("s3_secret_access_key", "abcd"))
    assert jobs.flags == ("--s3_region_name=there", "--direct_num_workers=2")


@pytest.mark.parametrize("value", ["-secret", "--secret", "--secret=abc", "--runner=secret"])
def test_what_may_be_the_value_of_a_credential_is_not_shown(value):
    with pytest.raises(InputError) as error:
        check_flags(["--s3_secret_access_key", value])
    assert str(error.value) == (
        "--s3_secret_access_key has no value; one that begins with - must follow ="
    )


def test_known_flags_of_beam_are_accepted():
    check_flags(["--runner=FlinkRunner", "--no_save_main_session", "--parallelism", "4"])


def test_every_flag_that_a_parser_of_beam_knows_is_accepted():
    flags = set()
    for options in PipelineOptions.__subclasses__():
        parser = ArgumentParser(add_help=False)
        options._add_argparse_args(parser)
        flags |= {flag for action in parser._actions for flag in action.option_strings}
    assert len(flags) > 150
    assert {"--experiment", "--worker_machine_type", "--job-server-timeout"} < flags
    for flag in flags:
        check_flags([f"{flag}=x"])


INPUTS = {"--config": "c.toml", "--crawl": "crawl", "--seed": "seed.jsonl", "--benchmarks": "bench"}


DATAFLOW = ("--runner=DataflowRunner", "--temp_location=gs://bucket/temp", "--region=us-central1")


def dataflow(**paths):
    return Namespace(debug=False, **paths), [*DATAFLOW, "--project=project-1"]


@pytest.mark.parametrize(
    ("paths", "refused"),
    [
        ({"out": "out"}, "--out out: "),
        ({"out": "gs://b/out", "crawl": ["gs://b/crawl", "crawl"]}, "--crawl crawl: "),
        ({"out": "gs://b/out", "against": ["old"]}, "--against old: "),
    ],
)
def test_a_path_that_workers_of_dataflow_cannot_reach_is_refused(paths, refused):
    with pytest.raises(InputError, match=f"{refused}workers of DataflowRunner cannot reach"):
        jobs_from_flags(*dataflow(**paths))


def test_crawls_by_name_and_urls_are_reached_from_dataflow():
    args, flags = dataflow(out="gs://b/out", crawl=["cc:CC-MAIN-2026-05", "https://a.org/a.warc"])
    assert jobs_from_flags(args, flags).flags == tuple(flags)


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (DATAFLOW[:1], "--runner DataflowRunner needs --temp_location=gs://BUCKET/temp"),
        (DATAFLOW, "--runner DataflowRunner: Missing required option: project."),
        ((*DATAFLOW, "--project=p"), "--runner DataflowRunner: Invalid Project ID (p)"),
    ],
)
def test_what_dataflow_needs_and_does_not_have_is_one_line(flags, complaint):
    with pytest.raises(InputError) as error:
        jobs_from_flags(Namespace(debug=False, out="gs://b/out"), flags)
    assert str(error.value).startswith(complaint)
    assert "\n" not in str(error.value)


def test_labels_is_the_old_name_of_patterns_except_on_dataflow():
    words = ["run", *(word for pair in INPUTS.items() for word in pair), "--out", "out"]
    assert _parser().parse_known_args([*words, "--labels", "a.csv"])[0].patterns == "a.csv"
    on_dataflow = [*words, "--labels", "team=maths", "--runner", "DataflowRunner"]
    assert _is_on_dataflow(on_dataflow)
    args, flags = _parser(is_on_dataflow=True).parse_known_args(on_dataflow)
    assert (args.patterns, flags[:2]) == (None, ["--labels", "team=maths"])


@pytest.mark.parametrize("flag", ["crawl", "seed", "against", "judged"])
def test_a_flag_that_takes_several_paths_may_be_repeated(flag):
    words = ["run", *(word for pair in INPUTS.items() for word in pair), "--out", "out"]
    before = getattr(_parser().parse_args(words), flag)
    args = _parser().parse_args([*words, f"--{flag}", "a", "b", f"--{flag}", "c"])
    assert getattr(args, flag) == [*before, "a", "b", "c"]


@pytest.fixture
def workspace(tmp_path, monkeypatch, examples):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.toml").write_text("")
    (tmp_path / "crawl").symlink_to(examples / "crawl")
    (tmp_path / "seed.jsonl").symlink_to(examples / "seed.jsonl")
    (tmp_path / "bench").symlink_to(examples / "benchmarks")
    (tmp_path / "empty.parquet").touch()
    (tmp_path / "empty.paths.gz").write_bytes(gzip.compress(b"", mtime=0)[:-8])
    (tmp_path / "not-utf8.csv").write_bytes(b"\xff")
    return tmp_path


def run(**changes):
    inputs = INPUTS | {"--out": "out"} | {f"--{name}": value for name, value in changes.items()}
    return main(["run", *(word for pair in inputs.items() for word in pair)])


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"config": "none.toml"}, "none.toml: No such file or directory"),
        ({"config": "crawl"}, "crawl: Is a directory"),
        ({"config": "seed.jsonl"}, "seed.jsonl: "),
        ({"crawl": "none"}, "--crawl none: no WARC file there"),
        ({"crawl": "bench"}, "--crawl bench: no WARC file there"),
        ({"crawl": "none.paths"}, "--crawl none.paths: "),
        ({"crawl": "empty.paths.gz"}, "--crawl empty.paths.gz: damaged gzip data"),
        ({"seed": "none"}, "--seed none: no file there"),
        ({"seed": "empty.parquet"}, "empty.parquet is not a Parquet file"),
        ({"benchmarks": "absent"}, "--benchmarks absent: no file there"),
        ({"benchmarks": "crawl"}, "--benchmarks crawl: "),
        ({"labels": "c.toml"}, "c.toml: no column 'label'"),
        ({"patterns": "none.csv"}, "--patterns none.csv: "),
        ({"patterns": "not-utf8.csv"}, "--patterns not-utf8.csv, line 1: 'utf-8' codec"),
        ({"out": "c.toml/out"}, "c.toml is not a writable directory"),
        ({"crawlx": "crawl"}, "did you mean --crawl?"),
    ],
)
def test_a_missing_or_bad_input_ends_the_run_in_one_line(workspace, capsys, changes, complaint):
    assert run(**changes) == 2
    error = capsys.readouterr().err
    assert complaint in error
    assert error.count("\n") == 1
    assert not (workspace / "out").exists()


@pytest.mark.parametrize("command", ["run", "prepare"])
def test_a_crawl_without_pages_ends_in_a_summary_with_a_warning(workspace, capsys, command):
    (workspace / "empty.warc").touch()
    (workspace / "request.warc").write_bytes(record(b"", kind="request"))
    names = INPUTS if command == "run" else {name: INPUTS[name] for name in ("--config",)}
    inputs = names | {"--crawl": "*.warc", "--out": "out"}
    assert main([command, *(word for pair in inputs.items() for word in pair)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert ["pages", "0"] in [line.split() for line in lines]
    assert "Warning: 2 of 2 WARC files have no page: empty.warc, request.warc." in lines
    if command == "run":
        assert lines[-1] == "Stopped: the crawl has no page."
    assert main([command, *(word for pair in inputs.items() for word in pair)]) == 0


def test_a_misspelt_setting_is_one_line(workspace, capsys):
    (workspace / "c.toml").write_text("[rounds]\nmax_round = 2\n")
    assert run() == 2
    error = capsys.readouterr().err
    assert error == (
        "mathmine: c.toml: unknown key 'rounds.max_round'; did you mean 'max_rounds'?\n"
    )


def test_a_command_needs_the_output_of_the_ones_before_it(workspace, capsys):
    common = ["--config", "c.toml", "--out", "out"]
    assert main(["round", "--seed", "seed.jsonl", *common]) == 2
    assert "run `mathmine prepare` first" in capsys.readouterr().err
    assert main(["write", "--benchmarks", "bench", *common]) == 2
    assert "run `mathmine prepare` first" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "missing"),
    [
        ([], "--config, --out"),
        (["--config", "c.toml"], "--out"),
        (["--out", "out"], "--config"),
        (["--explain", "--out", "out"], "--config"),
        (["--show", "-1", "--config", "c.toml"], "--out"),
    ],
)
def test_dedup_names_the_flags_that_it_needs(workspace, capsys, arguments, missing):
    assert main(["dedup", *arguments]) == 2
    expected = f"mathmine: the following arguments are required: {missing}\n"
    assert capsys.readouterr().err == expected
    assert not (workspace / "out").exists()


def test_dedup_explains_without_an_output_folder(workspace, capsys):
    (workspace / "c.toml").write_text("[dedup]\nmin_similarity = 0.8\n")
    assert main(["dedup", "--explain", "--config", "c.toml"]) == 0
    marked = [line.split() for line in capsys.readouterr().out.splitlines() if "  min_" in line]
    assert marked == [["0.8000", "0.9235", "min_similarity"]]
    with pytest.raises(SystemExit, match="2"):
        main(["dedup", "--explain", "--show", "1", "--config", "c.toml"])


@pytest.mark.slow
def test_a_reader_of_what_dedup_prints_may_stop_before_its_end(workspace):
    command = [sys.executable, "-m", "pipelines", "dedup", "--explain"]
    command += ["--config", str(workspace / "c.toml")]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0


def test_an_older_crawl_without_a_corpus_is_refused_before_any_work(workspace, capsys):
    (workspace / "old").mkdir()
    assert run(against="old") == 2
    hint = "no corpus there; run `mathmine run` for it first"
    assert capsys.readouterr().err == f"mathmine: --against old: {hint}\n"
    assert not (workspace / "out").exists()


def test_a_runner_that_does_not_exist_is_refused_before_any_work(workspace, capsys):
    assert run(runner="FlinkRuner") == 2
    assert "--runner FlinkRuner: Unexpected pipeline runner" in capsys.readouterr().err
    assert run(runner="my.runners.Runner") == 2
    assert "--runner my.runners.Runner: No module named 'my'" in capsys.readouterr().err
    assert run(runner="os.path") == 2
    assert "--runner os.path: 'module' object is not callable" in capsys.readouterr().err
    assert run(runner="collections.Counter") == 2
    assert "--runner collections.Counter: it is no runner of Beam" in capsys.readouterr().err


def test_the_version_is_that_of_the_package(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"mathmine {version('mathmine')}\n"


def test_extract_prints_the_text_of_a_page(tmp_path, capsys):
    page = tmp_path / "page.html"
    page.write_bytes("<p>naïve <script type='math/tex'>x^2</script></p>".encode("latin-1"))
    assert main(["extract", str(page), "--content-type", "text/html; charset=latin-1"]) == 0
    assert capsys.readouterr().out.strip() == "naïve $x^2$"


@pytest.mark.parametrize(
    "content",
    [
        b"%PDF-1.7 <html>",
        b"\x1f\x8b\x08\x00<p>",
        b"WARC/1.0\r\nWARC-Type: response\r\n\r\nHTTP/1.1 200 OK\r\n\r\n<html>",
        b'{"html": "<p>x</p>"}',
        b"<?xml version='1.0'?><rss><p>x</p></rss>",
        b"# A title\n\nA text with <b>bold</b> words.\n",
    ],
)
def test_extract_refuses_what_is_not_html(tmp_path, capsys, content):
    page = tmp_path / "page"
    page.write_bytes(content)
    assert main(["extract", str(page)]) == 2
    assert capsys.readouterr().err == (
        f"mathmine: {page}: the file is not HTML; if it is a page, add --content-type text/html\n"
    )


@pytest.mark.parametrize("path", ["", " "])
def test_an_empty_output_is_not_the_current_folder(tmp_path, capsys, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    config = str(ROOT / "configs" / "example.toml")
    for argv in (["dedup", "--config", config], ["dedup", "--show", "1"]):
        assert main([*argv, "--out", path]) == 2
        assert capsys.readouterr().err == f"mathmine: --out {path!r}: a path is expected\n"
    assert not list(tmp_path.iterdir())


def test_a_content_type_decides_what_a_file_without_markup_at_its_start_is(tmp_path, capsys):
    page = tmp_path / "page"
    page.write_bytes(b"A text with <b>bold</b> words.")
    assert main(["extract", str(page), "--content-type", "text/html"]) == 0
    assert capsys.readouterr().out.strip() == "A text with bold words."
    assert main(["extract", str(page), "--content-type", "text/plain"]) == 2
    assert capsys.readouterr().err == f"mathmine: {page}: the file is not HTML\n"
    page.write_bytes(lzma.compress(b"<p>text</p>"))
    assert main(["extract", str(page), "--content-type", "text/html"]) == 2
    assert capsys.readouterr().err == f"mathmine: {page}: the file is not HTML\n"
    page.write_bytes(b" \n ")
    assert main(["extract", str(page)]) == 2
    assert capsys.readouterr().err == f"mathmine: {page}: the file is empty\n"


@pytest.mark.slow
def test_help_and_extract_do_not_import_beam(tmp_path):
    page = tmp_path / "page.html"
    page.write_bytes(b"<p>text</p>")
    code = (
        "import sys; from pipelines.__main__ import _parser, main; _parser().format_help(); "
        "main(['extract', sys.argv[1]]); assert 'apache_beam' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(page)], cwd=ROOT, check=True)


def test_extract_rejects_flags_of_beam_and_names_a_missing_page(tmp_path, capsys):
    page = str(tmp_path / "none.html")
    assert main(["extract", page, "--runner=FlinkRunner"]) == 2
    assert capsys.readouterr().err == "mathmine: unexpected argument '--runner=FlinkRunner'\n"
    assert main(["extract", page]) == 2
    assert capsys.readouterr().err == f"mathmine: {page}: No such file or directory\n"


def test_extract_names_the_limit_that_a_page_is_over(tmp_path, capsys):
    page = tmp_path / "large.html"
    page.write_bytes(b"<p>x</p>" * 101_000)
    assert main(["extract", str(page)]) == 2
    assert capsys.readouterr().err.startswith(f"mathmine: {page}: too_many_tags: ")


@pytest.mark.parametrize(
    "mode", ["in_memory", pytest.param("multi_processing", marks=pytest.mark.runners)]
)
@pytest.mark.slow
def test_a_user_error_in_the_work_of_a_stage_is_one_line(workspace, mode):
    (workspace / "small.warc").write_bytes(record(b"<p>Too short to learn from.</p>"))
    (workspace / "c.toml").write_text("[rounds]\nmin_tokens = 1000\n")
    inputs = INPUTS | {"--crawl": "small.warc", "--out": "out", "--direct_running_mode": mode}
    command = [sys.executable, "-m", "pipelines", "run"]
    command += [word for pair in inputs.items() for word in pair]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stdout == ""
    assert [line for line in result.stderr.splitlines() if not line.endswith(" s")] == [
        "mathmine: no page of the crawl is left to train the classifier on"
    ]


@pytest.mark.slow
def test_a_bug_in_the_work_of_a_stage_shows_its_traceback(workspace):
    (workspace / "small.warc").write_bytes(record(b"<p>A page.</p>"))
    code = (
        "import sys\n"
        "from pipelines.__main__ import main\n"
        "from transforms.storage.shard_writer import ShardWriter\n"
        "def add(*arguments, **more): raise ValueError('a bug')\n"
        "ShardWriter.add = add\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    arguments = ["prepare", "--config", "c.toml", "--crawl", "small.warc", "--out", "out"]
    command = [sys.executable, "-c", code, *arguments]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "Traceback" in result.stderr
    assert "in add" in result.stderr
    assert result.stderr.splitlines()[-1].startswith("ValueError: a bug")


def test_judge_needs_an_output_folder_and_names_what_is_wrong_with_its_flags(tmp_path, capsys):
    with pytest.raises(SystemExit):
        main(["judge"])
    assert "the following arguments are required: OUT" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["judge", str(tmp_path), "--pages", "many"])
    assert "argument --pages: invalid int value: 'many'" in capsys.readouterr().err
    for flags, complaint in (
        (["--page=3"], "unknown flag --page; did you mean --pages?"),
        (["--answers", f"{tmp_path}/no.csv"], f"--answers {tmp_path}/no.csv: No such file"),
        (["--pages", "3"], f"{tmp_path}/out has no pages yet: run `mathmine prepare` first"),
    ):
        assert main(["judge", f"{tmp_path}/out", *flags]) == 2
        assert complaint in capsys.readouterr().err
