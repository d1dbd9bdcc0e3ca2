"""Patch Beam's local runner to notice that a worker process has ended before its work was done.

Beam waits forever for the answers of such a worker: of one that the system killed because memory
ran out, or that could not start.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
from apache_beam.portability.api import beam_fn_api_pb2
from apache_beam.runners.portability.fn_api_runner.worker_handlers import (
    ControlConnection,
    ControlFuture,
    SubprocessSdkWorkerHandler,
)
from apache_beam.runners.portability.local_job_service import SubprocessSdkWorker
from apache_beam.runners.worker.data_plane import _GrpcDataChannel

from schemas.errors import RunnerError

# As a worker reports an exception: `user_error_in` finds it.
_ERROR = (
    f"{RunnerError.__module__}.{RunnerError.__name__}: a worker process was lost ({{reason}}): "
    "killed, perhaps because memory ran out; the same command resumes the work, and fewer "
    "--direct_num_workers need less memory [while running 'a worker process']"
)
_READERS = ((ControlConnection, "_read"), (_GrpcDataChannel, "_read_inputs"))
_LOGGERS = (  # those that log that a connection broke, with a traceback
    "apache_beam.runners.worker.data_plane",
    "apache_beam.runners.portability.fn_api_runner.worker_handlers",
)


@dataclass
class _Workers:
    """The connections to workers that have ended, with the error for each."""

    push: Callable[[ControlConnection, object], ControlFuture | None]
    lost: dict[ControlConnection, str] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, handler: SubprocessSdkWorkerHandler) -> None:
        """Run a worker process to its end, and then fail the requests that it has not answered."""
        reason, connection = "it has ended", handler.control_conn
        try:
            handler.worker.run()
        except RuntimeError as error:  # its exit status is not 0
            reason = str(error).removeprefix("Worker ")
        with self.lock:
            self.lost[connection] = _ERROR.format(reason=reason)
            pending = list(connection._futures_by_id.values())
        for future in pending:  # none, if it ended because it was told to
            _fail(future, self.lost[connection])

    def request(self, connection: ControlConnection, request: object) -> ControlFuture | None:
        """Send a request, which fails if its worker has ended."""
        with self.lock:
            future = self.push(connection, request)
        if future is not None and connection in self.lost:
            _fail(future, self.lost[connection])
        return future


@contextmanager
def noticing_lost_workers() -> Iterator[None]:
    """While the block runs, let the requests to a lost worker process fail with RunnerError."""
    workers = _Workers(ControlConnection.push)

    def start_worker(handler: SubprocessSdkWorkerHandler) -> None:
        handler.worker = SubprocessSdkWorker(
            handler._worker_command_line,
            handler.control_address,
            handler.provision_info,
            handler.worker_id,
        )
        handler.worker_thread = threading.Thread(target=workers.run, args=(handler,))
        handler.worker_thread.start()

    def push(connection: ControlConnection, request: object) -> ControlFuture | None:
        return workers.request(connection, request)

    with ExitStack() as stack:
        stack.enter_context(_replaced(SubprocessSdkWorkerHandler, "start_worker", start_worker))
        stack.enter_context(_replaced(ControlConnection, "push", push))
        for owner, name in _READERS:
            stack.enter_context(_replaced(owner, name, _until_lost(getattr(owner, name))))
        for logger in map(logging.getLogger, _LOGGERS):
            logger.addFilter(_is_other_error)
            stack.callback(logger.removeFilter, _is_other_error)
        yield


@contextmanager
def _replaced(owner: type, name: str, method: Callable[..., Any]) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        setattr(owner, name, original)


def _until_lost(read: Callable[..., None]) -> Callable[..., None]:
    """Return a method that reads from a worker until its connection breaks."""

    def read_until_lost(*arguments: Any) -> None:
        with suppress(grpc.RpcError):
            read(*arguments)

    return read_until_lost


def _is_other_error(record: logging.LogRecord) -> bool:
    return not (record.exc_info and isinstance(record.exc_info[1], grpc.RpcError))


def _fail(future: ControlFuture, error: str) -> None:
    if not future.is_done():
        future.set(
            beam_fn_api_pb2.InstructionResponse(instruction_id=future.instruction_id, error=error)
        )
