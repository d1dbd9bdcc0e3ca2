"""No credential is printed, logged or written, however a command fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli_flags import check_flags
from pipelines.credentials import check_credentials, hiding_credentials, split_credentials
from schemas.errors import InputError
from tests.helpers.object_store import object_store
from tests.helpers.warcs import record
from transforms.storage.files import Storage
from transforms.storage.output_tree import OutputTree

ROOT = Path(__file__).resolve().parents[2]
KEY, SECRET, TOKEN = "AKIAKEYOFATEST", "wJalr/SECRET+OF=A/TEST", "TOKENOFATEST"
FLAGS = [
    f"--s3_access_key_id={KEY}",
    "--s3_secret_access_key",
    SECRET,
    "--s3_session_token",
    TOKEN,
    "--s3_region_name=us-east-1",
]
BUG = """
import sys
from pipelines.__main__ import main
from transforms.storage.shard_writer import ShardWriter
def add(self, *arguments): raise ValueError(f"a bug, with {sys.argv}")
ShardWriter.add = add
sys.exit(main())
"""


def test_credentials_are_split_from_the_other_flags():
    others, credentials = split_credentials(["--a", "1", *FLAGS, "--b=2"])
    assert others == ["--a", "1", "--s3_region_name=us-east-1", "--b=2"]
    assert credentials == {
        "s3_access_key_id": KEY,
        "s3_secret_access_key": SECRET,
        "s3_session_token": TOKEN,
    }
    assert split_credentials(["--s3_session_token", "--b"]) == (["--b"], {"s3_session_token": ""})


@pytest.mark.parametrize("value", ["", "with space ", "two\nlines", "sécret"])
def test_a_value_that_no_service_accepts_is_refused_without_being_shown(value):
    with pytest.raises(InputError) as refused:
        check_credentials({"s3_secret_access_key": value})
    assert str(refused.value).startswith("--s3_secret_access_key is empty, or has white space")


def test_a_second_word_after_a_credential_is_not_shown():
    with pytest.raises(InputError, match=r"^unexpected argument after --s3_secret_access_key$"):
        check_flags(["--s3_secret_access_key", "the", "secret"])


def test_no_representation_of_what_workers_carry_has_the_options():
    tree = OutputTree("s3://bucket", Storage((("s3_secret_access_key", SECRET),)))
    assert SECRET not in f"{tree} {tree!r} {tree.storage}"


def test_everything_printed_is_searched_for_credentials(capsys):
    with hiding_credentials(FLAGS):
        print(f"a {SECRET} b {KEY}")
        print(f"{TOKEN}!", file=sys.stderr)
    with hiding_credentials(["--crawl", "s3://user:passwd1@bucket/a", "--out=s3://u:passwd2@b"]):
        print("passwd1, passwd2, user")
    print(SECRET)
    assert capsys.readouterr() == (f"a *** b ***\n***, ***, user\n{SECRET}\n", "***!\n")


@pytest.fixture
def inputs(tmp_path):
    (tmp_path / "c.toml").write_text("")
    (tmp_path / "a.warc").write_bytes(record(b"<p>Let x be a number. It is even.</p>"))
    return ["--config", "c.toml", "--crawl", "a.warc", "--out", "out"]


def command(*arguments, code="import sys; from pipelines.__main__ import main; sys.exit(main())"):
    return [sys.executable, "-c", code, *arguments]


FAILING = {
    "a bug, in one process": (command("prepare", *FLAGS, code=BUG), 1),
    "a bug, in worker processes": (
        command("prepare", "--direct_running_mode=multi_processing", "--debug", *FLAGS, code=BUG),
        0,  # the patch of this process is not in the workers
    ),
    "a misspelt flag": (command("prepare", f"--s3_secret_access={SECRET}", *FLAGS), 2),
    "flags before the command": (command(*FLAGS, "prepare"), 2),
    "an unquoted secret": (command("prepare", *FLAGS[:3], "rest", *FLAGS[3:]), 2),
}


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[pytest.mark.runners] if "worker processes" in name else [])
        for name in FAILING
    ],
)
def test_a_failing_command_shows_no_credential(tmp_path, inputs, name):
    words, status = FAILING[name]
    shown = output_of([*words, *inputs], tmp_path)
    assert shown.returncode == status
    assert_hidden(shown, tmp_path)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")  # warnings of boto and moto
@pytest.mark.parametrize("crawl", ["s3://no-such-bucket/a.warc.gz", "s3://bucket/none.warc.gz"])
def test_an_object_store_that_fails_shows_no_credential(tmp_path, inputs, crawl):
    with object_store() as (storage, _):
        endpoint = dict(storage.options)["s3_endpoint_url"]
        words = ["prepare", *inputs, "--debug", *FLAGS, f"--s3_endpoint_url={endpoint}"]
        shown = output_of(command(*words, "--crawl", crawl), tmp_path)
    assert shown.returncode == 2
    assert f"{crawl}: " in shown.stderr.splitlines()[-1]
    assert "Traceback" not in shown.stderr
    assert_hidden(shown, tmp_path)


def output_of(words, folder):
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def assert_hidden(shown, folder):
    written = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for value in (KEY, SECRET, TOKEN):
        assert value not in shown.stdout + shown.stderr
        assert value.encode() not in written
