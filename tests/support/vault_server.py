"""The HTTP API of Vault's key-value engine as tests need it: `secret/` keeps versions, `kv/` does not.

A double: answers and refusals are those of Vault 1.15, taken from its API documentation.
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "hvs.test-root-token-0001"
VERSIONED = {"shop": {"value": "v4ult-pa55word", "port": 5432}, "team/db": {"password": "db-pa55word-0001"}}
PLAIN = {"shop": {"value": "kv1-pa55word-0001"}}


class VaultServer:
    """asked: paths, in order."""

    def __init__(self) -> None:
        asked = self.asked = []  # type: list[str]

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                path = self.path.removeprefix("/v1/")
                asked.append(path)
                if self.headers.get("X-Vault-Token") != TOKEN:
                    return self.answer(403, {"errors": ["permission denied"]})
                if path.startswith("sys/internal/ui/mounts/"):
                    mount = path.removeprefix("sys/internal/ui/mounts/").partition("/")[0]
                    if mount not in ("secret", "kv"):
                        return self.answer(403, {"errors": ["preflight capability check returned 403"]})
                    version = "2" if mount == "secret" else "1"
                    return self.answer(
                        200, {"data": {"path": f"{mount}/", "type": "kv", "options": {"version": version}}}
                    )
                mount, _, rest = path.partition("/")
                if mount == "kv" and rest in PLAIN:
                    return self.answer(200, {"lease_duration": 2764800, "data": PLAIN[rest]})
                if mount == "secret" and not rest.startswith("data/"):
                    warning = "Invalid path for a versioned K/V secrets engine. See the API docs for the ..."
                    return self.answer(404, {"warnings": [warning], "errors": []})
                found = VERSIONED.get(rest.removeprefix("data/")) if mount == "secret" else None
                if found is None:
                    return self.answer(404, {"errors": []})
                return self.answer(200, {"data": {"data": found, "metadata": {"version": 1, "destroyed": False}}})

            def answer(self, status: int, document: Any) -> None:
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
