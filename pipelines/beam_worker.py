"""Run a worker process of the local runner: Beam's, without INFO logging on standard error.

Log records of a worker also go to the driver, which filters them by its own level.
"""

import logging
import runpy

if __name__ == "__main__":
    logging.basicConfig()
    logging.getLogger().handlers[0].setLevel(logging.ERROR)
    runpy.run_module("apache_beam.runners.worker.sdk_worker_main", run_name="__main__")
