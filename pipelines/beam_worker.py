"""A worker process of the local runner: Beam's own, with INFO logging on standard error silenced.

What Beam logs in a worker also goes to the driver, which filters it by its own level.
"""

import logging
import runpy

if __name__ == "__main__":
    logging.basicConfig()
    logging.getLogger().handlers[0].setLevel(logging.ERROR)
    runpy.run_module("apache_beam.runners.worker.sdk_worker_main", run_name="__main__")
