"""A WebSocket server for tests, in a process of its own: `python -m tests.support.websocket_server [CERTIFICATE KEY]`.

It prints `listening on PORT`.  What it does is in the path: `/echo` sends everything back, `/room` sends each message
to everybody there, `/refuse` answers 403, `/moved` 302, `/closes?code=1008` closes at once, `/silent?name=x` sends
nothing, `/ends?name=x` says how the last silent connection of that name ended, `/headers` sends the request's headers
as JSON, `/cut` cuts the TCP connection after the first message, `/broken` sends text that is no UTF-8.
"""

from __future__ import annotations

import asyncio
import contextlib
import http
import json
import ssl
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

ROOMS: dict[str, set[ServerConnection]] = {}
SUBPROTOCOLS = ("chat.v2", "chat.v1")
ENDS: dict[str, Any] = {}


async def handle(peer: ServerConnection) -> None:
    assert peer.request is not None
    url = urlsplit(peer.request.path)
    query = {key: values[0] for key, values in parse_qs(url.query).items()}
    with contextlib.suppress(ConnectionClosed):
        if url.path == "/echo":
            async for message in peer:
                await peer.send(message)
        elif url.path == "/room":
            room = ROOMS.setdefault(query.get("name", ""), set())
            room.add(peer)
            try:
                async for message in peer:
                    broadcast(room, message)
            finally:
                room.discard(peer)
        elif url.path == "/headers":
            await peer.send(json.dumps({key.lower(): value for key, value in peer.request.headers.raw_items()}))
            await peer.wait_closed()
        elif url.path == "/closes":
            await peer.close(int(query.get("code", "1000")), query.get("reason", ""))
        elif url.path == "/cut":
            async for _ in peer:
                peer.transport.abort()
        elif url.path == "/broken":
            await peer.recv()
            peer.transport.write(b"\x81\x02\xc3\x28")
            await peer.wait_closed()
        elif url.path == "/ends":  # how the last connection under this name ended
            await peer.send(json.dumps(ENDS.get(query["name"])))
            await peer.wait_closed()
        else:
            await peer.wait_closed()
    if "name" in query and url.path == "/silent":
        ENDS[query["name"]] = {"code": peer.close_code, "reason": peer.close_reason}


def process_request(peer: ServerConnection, request: Any) -> Any:
    path = urlsplit(request.path).path
    if path == "/refuse":
        return peer.respond(http.HTTPStatus.FORBIDDEN, "not for you\n")
    if path == "/moved":
        response = peer.respond(http.HTTPStatus.FOUND, "")
        response.headers["Location"] = "/echo"
        return response
    return None


def select_subprotocol(_peer: ServerConnection, offered: Any) -> Any:
    """Unlike the library's own choice: a client need not offer any."""
    return next((one for one in offered if one in SUBPROTOCOLS), None)


async def main(certificate: str = "", key: str = "") -> None:
    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate, key)
    async with serve(
        handle,
        "127.0.0.1",
        0,
        ssl=tls,
        process_request=process_request,
        select_subprotocol=select_subprotocol,
        compression=None,
    ) as server:
        print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
