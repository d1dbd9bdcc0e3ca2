"""A worker process of the local runner: Beam's own, without its small talk on standard error.

What Beam logs in a worker goes to the driver, which shows it by its own level.
"""

import logging
import runpy

if __name__ == "__main__":
    logging.basicConfig()
    logging.getLogger().handlers[0].setLevel(logging.ERROR)
    runpy.run_module("apache_beam.runners.worker.sdk_worker_main", run_name="__main__")
