"""Peer: gevent.pywsgi with a bare WSGI application: everything by hand, the least that pywsgi can cost."""

import base64
import hmac
import json
import re
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any

from gevent import monkey

monkey.patch_all()

from gevent.pywsgi import WSGIServer  # noqa: E402

EXPECTED = b"Basic " + base64.b64encode(b"bench:a-bench-password")
PATH = re.compile(r"/bench/orders/([^/]+)")


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    def answer(status: str, document: Any, *headers: tuple[str, str]) -> list[bytes]:
        body = json.dumps(document).encode()
        start_response(status, [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *headers])
        return [body]

    found = PATH.fullmatch(environ["PATH_INFO"])
    if not found:
        return answer("404 Not Found", {})
    if not hmac.compare_digest(environ.get("HTTP_AUTHORIZATION", "").encode("latin-1"), EXPECTED):
        return answer("401 Unauthorized", {}, ("WWW-Authenticate", 'Basic realm="bench"'))
    order = json.loads(environ["wsgi.input"].read())
    problems = []
    if not isinstance(order.get("sku"), str):
        problems.append("/sku")
    if not isinstance(order.get("qty"), int):
        problems.append("/qty")
    if not isinstance(order.get("is_gift", False), bool):
        problems.append("/is_gift")
    if problems:
        return answer("400 Bad Request", {"problems": problems})
    return answer("200 OK", {"customer": found[1], "sku": order["sku"], "qty": order["qty"], "state": "accepted"})


class Server(WSGIServer):
    def init_socket(self) -> None:
        super().init_socket()
        # Without this, answers wait 40 ms for the client's delayed ACK.
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


if __name__ == "__main__":
    Server(("127.0.0.1", int(sys.argv[1])), application, log=None).serve_forever()
