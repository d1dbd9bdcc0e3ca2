import logging

import pytest

from pipelines.user_errors import hide_user_errors, runner_error_in, show_user_errors, user_error_in
from schemas.errors import DamagedFileError, InputError, MathmineError
from transforms.classifier.train_classifier import NothingToLearnError

TRACEBACK = """RuntimeError: Error received from SDK harness for instruction 3: Traceback:
  File "x.py", line 3, in f
    raise InputError("first: a\\nsecond")
schemas.errors.InputError: first: a

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
schemas.errors.InputError: first: a [while running 'Step: 1']

"""


def test_a_user_error_in_a_traceback_has_its_class_and_its_message():
    error = user_error_in(TRACEBACK)
    assert (type(error), str(error)) == (InputError, "first: a")
    for kind in (MathmineError, DamagedFileError, NothingToLearnError):
        name = f"{kind.__module__}.{kind.__qualname__}"
        found = user_error_in(f"x\n{name}: what to do [while running 'Step']\ny")
        assert (type(found), str(found)) == (kind, "what to do")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ValueError: a bug [while running 'x']",
        "raise schemas.errors.InputError: x [while running 'x']",
        "InputError: no module [while running 'x']",
        "schemas.errors.InputError: of no step",
        TRACEBACK + "ValueError: while it was handled [while running 'Step']",
    ],
)
def test_any_other_text_has_no_user_error(text):
    assert user_error_in(text) is None


def test_a_lost_worker_process_is_named():
    error = runner_error_in(TRACEBACK + "RuntimeError: Channel closed prematurely.")
    assert str(error).startswith("a worker process was lost: killed, perhaps because memory ran")


def test_user_errors_are_not_logged_and_bugs_are(caplog):
    caplog.set_level(logging.WARNING)  # commands in other tests raise it
    logger = logging.getLogger("apache_beam.runners.common")
    hide_user_errors()
    try:
        for error in (InputError("a"), ValueError("b")):
            logger.error("failed", exc_info=error)
        logging.getLogger("apache_beam.runners.worker.sdk_worker").error("%s", TRACEBACK)
        logger.warning("schemas.errors.InputError: a [while running 'x']")
    finally:
        show_user_errors()
    assert [record.getMessage() for record in caplog.records] == [
        "failed",
        "schemas.errors.InputError: a [while running 'x']",
    ]
    logger.error("failed", exc_info=InputError("a"))
    assert len(caplog.records) == 3


def test_what_a_runner_raises_is_not_logged_too(caplog):
    def log(name, module, level):
        path = f"beam/{module}.py"
        record = logging.LogRecord(name, level, path, 1, f"{name} {module} {level}", (), None)
        logging.getLogger("" if name == "root" else name).handle(record)

    hide_user_errors()
    try:
        for name in ("root", "other"):
            for module in ("portable_runner", "runner"):
                for level in (logging.ERROR, logging.WARNING):
                    log(name, module, level)
    finally:
        show_user_errors()
    shown = [record.getMessage() for record in caplog.records]
    assert len(shown) == 7
    assert f"root portable_runner {logging.ERROR}" not in shown
