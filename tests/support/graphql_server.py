"""A GraphQL server for tests, in a process of its own: `python -m tests.support.graphql_server`.

It prints `listening on PORT` and answers at /graphql: POST (GraphQL over HTTP) and WebSockets (graphql-transport-ws);
only those with the header `X-Shop: blue` may subscribe.  /schema is its SDL.  Execution is graphql-core's; orders live
as long as the process.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import queue
import socket
import threading
from collections.abc import AsyncIterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    build_schema,
    execute_sync,
    get_operation_ast,
    parse,
    subscribe,
    validate,
)
from websockets.frames import Opcode
from websockets.protocol import State
from websockets.server import ServerProtocol

SDL = """
enum State { NEW PAID }

"One order."
type Order {
  id: ID!
  sku: String!
  qty: Int!
  state: State!
}

input NewOrder {
  sku: String!
  qty: Int! = 1
}

type Query {
  order(id: ID!): Order
  orders(state: State): [Order!]!
}

type Mutation {
  createOrder(order: NewOrder!): Order!
  pay(id: ID!): Order!
}

type Subscription {
  orderPaid(sku: String): Order!
  ticks(count: Int!): Int!
}
"""


class Shop:
    """The resolvers, and what they know."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.known: dict[str, dict[str, Any]] = {}
        self.listeners: list[queue.Queue[dict[str, Any]]] = []

    def order(self, info: Any, id: str) -> Any:
        found = self.known.get(id)
        if found is None:
            raise GraphQLError(f"order {id} not found")
        return found

    def orders(self, info: Any, state: str | None = None) -> Any:
        return [one for one in self.known.values() if state in (None, one["state"])]

    def createOrder(self, info: Any, order: dict[str, Any]) -> Any:
        if order["qty"] < 1:
            raise GraphQLError("qty must be at least 1")
        with self.lock:
            made = {"id": str(next(self.numbers)), "state": "NEW", **order}
            self.known[made["id"]] = made
        return made

    def pay(self, info: Any, id: str) -> Any:
        found = self.order(info, id)
        found["state"] = "PAID"
        for listener in list(self.listeners):
            listener.put(dict(found))
        return found

    async def orderPaid(self, info: Any, sku: str | None = None) -> AsyncIterator[dict[str, Any]]:
        mine: queue.Queue[dict[str, Any]] = queue.Queue()
        self.listeners.append(mine)
        info.context["ready"].set()
        try:
            while True:
                try:
                    paid = mine.get_nowait()
                except queue.Empty:
                    await asyncio.sleep(0.01)
                    continue
                if sku in (None, paid["sku"]):
                    yield {"orderPaid": paid}
        finally:
            self.listeners.remove(mine)

    async def ticks(self, info: Any, count: int) -> AsyncIterator[dict[str, Any]]:
        for number in range(1, count + 1):
            yield {"ticks": number}


SCHEMA: GraphQLSchema = build_schema(SDL)
SHOP = Shop()


def run(query: dict[str, Any]) -> ExecutionResult:
    """One query or mutation."""
    try:
        document = parse(query.get("query") or "")
    except GraphQLError as error:
        return ExecutionResult(None, [error])
    wrong = validate(SCHEMA, document)
    if wrong:
        return ExecutionResult(None, wrong)
    operation = get_operation_ast(document, query.get("operationName"))
    if operation is not None and operation.operation is OperationType.SUBSCRIPTION:
        return ExecutionResult(None, [GraphQLError("subscriptions come over a WebSocket")])
    done = execute_sync(
        SCHEMA, document, SHOP, variable_values=query.get("variables"), operation_name=query.get("operationName")
    )
    assert isinstance(done, ExecutionResult)
    return done


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = 65536

    def do_GET(self) -> None:
        if self.headers.get("Upgrade", "").lower() == "websocket" and self.path == "/graphql":
            Socket(self).serve()
            self.close_connection = True
        elif self.path == "/schema":
            self._send(200, "text/plain; charset=utf-8", SDL.encode())
        else:
            self._send(404, "text/plain", b"no such path")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = (self.headers.get("Content-Type") or "").partition(";")[0] == "application/json"
        if self.path != "/graphql" or not is_json:
            self._send(404 if is_json else 415, "text/plain", b"POST JSON to /graphql")
            return
        try:
            query = json.loads(body)
        except ValueError:
            query = None
        if not isinstance(query, dict) or not isinstance(query.get("query"), str):
            self._send(400, "application/json", b'{"errors": [{"message": "no query"}]}')
            return
        done = run(query)
        is_new = "application/graphql-response+json" in (self.headers.get("Accept") or "")
        status = 400 if is_new and done.data is None and done.errors and not done.errors[0].path else 200
        kind = "application/graphql-response+json" if is_new else "application/json"
        self._send(status, f"{kind}; charset=utf-8", json.dumps(done.formatted).encode())

    def _send(self, status: int, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the tests see the answers."""


class Socket:
    """One WebSocket; its subscriptions run in threads of their own."""

    def __init__(self, handler: Handler) -> None:
        self.handler = handler
        self.socket: socket.socket = handler.connection
        self.socket.settimeout(None)
        self.protocol = ServerProtocol(subprotocols=["graphql-transport-ws"])  # type: ignore[list-item]
        self.lock = threading.Lock()
        self.is_greeted = False
        self.running: dict[str, threading.Event] = {}

    def serve(self) -> None:
        lines = [self.handler.requestline, *(f"{name}: {value}" for name, value in self.handler.headers.items())]
        self.protocol.receive_data(("\r\n".join(lines) + "\r\n\r\n").encode())
        (request,) = self.protocol.events_received()
        answer = self.protocol.accept(request)  # type: ignore[arg-type]
        if self.handler.headers.get("X-Shop") != "blue":
            answer = self.protocol.reject(403, "who are you?")
        self.protocol.send_response(answer)
        self._flush()
        try:
            while self.protocol.state is State.OPEN and (data := self.socket.recv(65536)):
                self.protocol.receive_data(data)
                for frame in self.protocol.events_received():
                    if getattr(frame, "opcode", None) is Opcode.TEXT:
                        self.take(json.loads(frame.data))  # type: ignore[union-attr]
                self._flush()
        except OSError:
            pass
        for stop in self.running.values():
            stop.set()

    def take(self, message: dict[str, Any]) -> None:
        kind = message.get("type")
        if kind == "connection_init":
            self.is_greeted = True
            self.send({"type": "connection_ack"})
            self.send({"type": "ping"})
        elif kind == "subscribe" and not self.is_greeted:
            self.protocol.send_close(4401, "Unauthorized")
        elif kind == "subscribe":
            ready = threading.Event()
            stop = self.running[message["id"]] = threading.Event()
            threading.Thread(target=self.run, args=(message, stop, ready), daemon=True).start()
            ready.wait(2)
        elif kind == "complete" and message.get("id") in self.running:
            self.running.pop(message["id"]).set()

    def run(self, message: dict[str, Any], stop: threading.Event, ready: threading.Event) -> None:
        try:
            asyncio.run(self._run(message["id"], message["payload"], stop, ready))
        except OSError:
            pass  # the client has gone
        finally:
            ready.set()

    async def _run(self, id: str, payload: dict[str, Any], stop: threading.Event, ready: threading.Event) -> None:
        try:
            document = parse(payload["query"])
            wrong = validate(SCHEMA, document)
        except GraphQLError as error:
            wrong = [error]
        if wrong:
            self.send({"id": id, "type": "error", "payload": [error.formatted for error in wrong]})
            return
        found = subscribe(
            SCHEMA, document, SHOP, context_value={"ready": ready}, variable_values=payload.get("variables")
        )
        results: Any = await found if hasattr(found, "__await__") else found
        if isinstance(results, ExecutionResult):
            self.send({"id": id, "type": "error", "payload": [one.formatted for one in results.errors or []]})
            return
        upcoming: asyncio.Task[Any] | None = None
        while not stop.is_set():
            upcoming = upcoming or asyncio.ensure_future(anext(results))
            done, _ = await asyncio.wait([upcoming], timeout=0.05)
            if not done:
                continue
            try:
                self.send({"id": id, "type": "next", "payload": upcoming.result().formatted})
            except StopAsyncIteration:
                self.send({"id": id, "type": "complete"})
                return
            upcoming = None
        if upcoming is not None:
            upcoming.cancel()

    def send(self, message: dict[str, Any]) -> None:
        with self.lock:
            if self.protocol.state is State.OPEN:
                self.protocol.send_text(json.dumps(message).encode())
                self._write()

    def _flush(self) -> None:
        with self.lock:
            self._write()

    def _write(self) -> None:
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)


def main() -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    print(f"listening on {server.server_address[1]}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
