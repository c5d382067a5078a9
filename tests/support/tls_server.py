"""A TLS server for tests: says who it thinks the client is.  With threads, which under gevent are greenlets."""

from __future__ import annotations

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class TLSServer:
    """certificate: what it shows; client_authority: who must have signed the client's, None where it wants none."""

    def __init__(self, certificate: Path, key: Path, client_authority: Path | None = None) -> None:
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                shown = dict(part[0] for part in (self.connection.getpeercert() or {}).get("subject", ()))
                body = json.dumps({"client": shown.get("commonName")}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True

            def finish_request(self, request: Any, client_address: Any) -> None:
                # The handshake is the connection's own thread's business; a broken one must not end the server.
                try:
                    secured = context.wrap_socket(request, server_side=True)
                except OSError:
                    return
                try:
                    super().finish_request(secured, client_address)
                except OSError:
                    return
                finally:
                    secured.close()

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if client_authority is not None:
            context.load_verify_locations(client_authority)
            context.verify_mode = ssl.CERT_REQUIRED
        self._server = Server(("127.0.0.1", 0), Handler)
        self.address = f"https://127.0.0.1:{self._server.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
