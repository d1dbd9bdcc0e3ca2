"""Run a worker process of the local runner: Beam's, without INFO logging on standard error.

User errors are not logged: the driver raises them again. Log records of a worker also go to the
driver, which filters them by its own level.
"""

import logging
import runpy

from pipelines.user_errors import hide_user_errors


def _no_traceback(*args: object, **kwargs: object) -> None:
    """Replace `print` in Beam's worker, which prints the tracebacks that it also logs."""


if __name__ == "__main__":
    logging.basicConfig()
    logging.getLogger().handlers[0].setLevel(logging.ERROR)
    hide_user_errors()
    from apache_beam.runners.worker import sdk_worker  # logs warnings while it is imported

    vars(sdk_worker)["print"] = _no_traceback
    runpy.run_module("apache_beam.runners.worker.sdk_worker_main", run_name="__main__")
