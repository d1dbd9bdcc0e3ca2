import inspect
import pickle
from dataclasses import replace
from importlib import metadata

import pytest

from pipelines.jobs import worker_probe
from pipelines.jobs.code_version import code_version
from pipelines.jobs.worker_probe import ANSWER, QUESTION, Probe, python_version, version_of
from tests.helpers.trees import tree

SOURCE = inspect.getsource(worker_probe)
VERSIONS = (("mathmine", version_of("mathmine")), ("pyarrow", version_of("pyarrow")))
SAME = {
    "runner": "FlinkRunner",
    "python": python_version(),
    "code": code_version(),
    "packages": VERSIONS,
    "modules": ("transforms.pages.prepare_shard",),
}
ADVICE = "install the same version of mathmine there, with -c constraints.txt"
SHARED = "name a folder that all workers see, or an object store (s3://, gs://)"


def asked(folder):
    """An output folder with the question of a preflight."""
    output = tree(folder)
    output.write(QUESTION, b"token")
    return output


def check(output, **expected):
    """Send the probe to a worker that has nothing of this package loaded, and run it there."""
    probe = pickle.loads(pickle.dumps(Probe(SOURCE, pickle.dumps(output), **SAME | expected)))
    assert type(probe) is not Probe  # but what its text defines
    probe = pickle.loads(pickle.dumps(probe))  # as Beam's worker does
    probe.process(b"")


def refusal(output, **expected):
    """What a worker that is checked says, as the driver will print it."""
    with pytest.raises(Exception, match="a worker ") as caught:
        check(output, **expected)
    assert f"{caught.type.__module__}.{caught.type.__name__}" == "schemas.errors.InputError"
    assert not output.exists(ANSWER)
    return str(caught.value)


def test_a_worker_with_the_same_packages_answers_in_the_output_folder(tmp_path):
    output = asked(tmp_path)
    check(output)
    assert output.read(ANSWER) == b"token"


def test_all_that_a_worker_lacks_is_named_in_one_line(tmp_path):
    packages = (*VERSIONS, ("no-such-package", "1.0"), ("nor-this", "2.0"))
    assert refusal(asked(tmp_path), packages=packages, code="another") == (
        f"--runner FlinkRunner: a worker lacks no-such-package, nor-this; {ADVICE}"
    )


def test_all_other_versions_are_named_in_one_line(tmp_path):
    packages = (VERSIONS[0], ("pyarrow", "21.0.0"), ("no-such-package", "1.0"))
    assert refusal(asked(tmp_path), packages=packages, python="3.9") == (
        "--runner FlinkRunner: a worker lacks no-such-package; has "
        f"Python {python_version()} instead of 3.9, "
        f"pyarrow {metadata.version('pyarrow')} instead of 21.0.0; {ADVICE}"
    )


def test_an_installed_package_that_cannot_be_imported_is_named(tmp_path):
    assert refusal(asked(tmp_path), modules=("transforms.no_such_step",)) == (
        "--runner FlinkRunner: a worker cannot import what the stages need: "
        f"No module named 'transforms.no_such_step'; {ADVICE}"
    )


def test_a_worker_with_other_source_files_is_refused(tmp_path):
    assert refusal(asked(tmp_path), code="0.1.0+0123456789ab") == (
        "--runner FlinkRunner: a worker has other source files: "
        f"mathmine {code_version()} instead of 0.1.0+0123456789ab; {ADVICE}"
    )


def test_a_worker_that_does_not_see_the_output_folder_says_so(tmp_path):
    elsewhere = replace(asked(tmp_path), folder=str(tmp_path / "elsewhere"))
    assert refusal(elsewhere) == (
        f"--out {tmp_path}/elsewhere: a worker does not find it; {SHARED}"
    )


def test_a_worker_that_cannot_write_to_the_output_folder_says_so(tmp_path):
    output = asked(tmp_path)
    (tmp_path / ANSWER).mkdir()  # stands for a disk that is full or read-only
    with pytest.raises(Exception, match="a worker cannot write to it") as caught:
        check(output)
    assert str(caught.value).endswith(f"; {SHARED}")
