"""A local web server with faults: real sockets, one thread for each connection."""

import re
import socket
import struct
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SLOW_DOWN = b"<?xml version='1.0'?><Error><Code>SlowDown</Code></Error>"


class Server(ThreadingHTTPServer):
    """Serves `files` (path -> bytes); `faults` are those of the requests, in order, None for none.

    `requests` has path, range and user agent of each request; `connections` is their number.
    """

    daemon_threads = True

    def __init__(self, files, faults=()):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files, self.faults = files, list(faults)
        self.requests, self.headers = [], []
        self.lock = threading.Lock()
        self.connections = 0
        self.stopped = threading.Event()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def process_request(self, *arguments):
        self.connections += 1
        super().process_request(*arguments)

    def handle_error(self, *_):
        """Clients break connections off; nobody wants to read it."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        with self.server.lock:
            headers = self.headers
            self.server.headers.append(headers)
            self.server.requests.append((self.path, headers.get("Range"), headers["User-Agent"]))
            fault = self.server.faults.pop(0) if self.server.faults else None
        data = self.server.files.get(self.path.lstrip("/"))
        match = re.fullmatch(r"bytes=(\d+)-(\d*)", headers.get("Range") or "")
        first = int(match[1]) if match else 0
        last = min(int(match[2]), len(data or b"") - 1) if match and match[2] else None
        if isinstance(fault, int):
            self.answer(fault, b"busy")
        elif data is None:
            self.answer(404, b"none")
        elif fault == "retry-after":
            self.answer(429, b"busy", {"Retry-After": "1"})
        elif fault == "reset":
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
            self.close_connection = True
        elif fault == "xml":
            self.answer(200, SLOW_DOWN)
        elif fault == "no range":
            self.send(200, data, data, {"ETag": self.tag(data)})
        elif fault == "other range":
            self.send(206, data[1:], data[1:], {"Content-Range": f"bytes 1-9/{len(data)}"})
        elif match and first >= len(data):
            self.answer(416, b"", {"Content-Range": f"bytes */{len(data)}"})
        else:
            end = len(data) if last is None else last + 1
            body = data[first:end]
            half = body[: max(1, len(body) // 2)]
            sent = half if fault in ("cut", "stall", "short") else body
            claimed = {"long": body + b"!" * 1000, "short": half}.get(fault, body)
            size = len(data) + 1000 * (fault == "long")
            content_range = f"bytes {first}-{first + len(claimed) - 1}/{size}"
            headers = {"ETag": self.tag(data), "Content-Range": content_range}
            self.send(206 if match else 200, claimed, sent, headers)
            if fault == "stall":
                self.server.stopped.wait(30)
            if len(sent) < len(claimed):
                self.close_connection = True

    @staticmethod
    def tag(data):
        return f'"{len(data)}-{hash(data)}"'

    def answer(self, status, body, headers=None):
        self.send(status, body, body, headers or {})

    def send(self, status, claimed, body, headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(claimed)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


@contextmanager
def web_server(files, faults=()):
    """Yield a running Server."""
    server = Server(files, faults)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
