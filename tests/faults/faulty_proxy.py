"""A proxy before a server of objects that spoils a share of the answers."""

import http.client
import random
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

SLOW_DOWN = (
    b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>SlowDown</Code>"
    b"<Message>Reduce your request rate.</Message></Error>"
)
KINDS = ("slow down", "error", "reset", "cut")


class Proxy(ThreadingHTTPServer):
    """Passes requests on to `target`; every answer has a fault with probability `share`."""

    daemon_threads = True

    def __init__(self, target, share, seed):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target)
        self.share, self.rng = share, random.Random(seed)
        self.lock = threading.Lock()
        self.faults = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def fault(self):
        with self.lock:
            kind = self.rng.choice(KINDS) if self.rng.random() < self.share else None
            self.faults += [kind] if kind else []
            return kind

    def handle_error(self, *_):
        """Clients break connections off; nobody wants to read it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def pass_on(self):
        size = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(size)
        fault = self.server.fault()
        if fault == "slow down":
            return self.answer(503, [("Content-Type", "application/xml")], SLOW_DOWN)
        if fault == "error":
            return self.answer(500, [], b"")
        if fault == "reset":
            self.connection.close()
            self.close_connection = True
            return None
        target = http.client.HTTPConnection(
            self.server.target.hostname, self.server.target.port, timeout=60
        )
        target.request(self.command, self.path, body, dict(self.headers))
        answer = target.getresponse()
        data = answer.read()
        dropped = ("transfer-encoding", "connection", "content-length")
        headers = [pair for pair in answer.getheaders() if pair[0].lower() not in dropped]
        target.close()
        if self.command == "HEAD":
            headers.append(("Content-Length", answer.getheader("Content-Length") or "0"))
        return self.answer(answer.status, headers, data, is_cut=fault == "cut")

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on

    def answer(self, status, headers, body, is_cut=False):
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.command != "HEAD":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body[: len(body) // 2] if is_cut else body)
        if is_cut:
            self.close_connection = True


@contextmanager
def faulty_proxy(target, share, seed):
    """Yield a running Proxy."""
    proxy = Proxy(target, share, seed)
    thread = threading.Thread(target=proxy.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
        thread.join()
