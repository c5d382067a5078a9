"""Services that the features call; see `definitions.json` for their addresses."""

from http import HTTPStatus

from sqlalchemy import text
from zato.common.exception import Conflict, Forbidden, NotFound
from zato.server.service import (
    UUID,
    AsIs,
    Bool,
    Date,
    DateTime,
    Decimal,
    Dict,
    Float,
    Int,
    List,
    ListOfDicts,
    Opaque,
    Service,
    Text,
)

namespace = "promises"


class Echo(Service):
    """Answers with the input as it was understood."""

    name = "promises.echo"

    def handle(self):
        self.response.payload = {
            "method": self.request.http.method,
            "payload": self.request.payload,
            "params": dict(self.request.http.params),
            "text": self.request.text,
        }


class Raw(Service):
    """Answers with the body that came, untouched."""

    def handle(self):
        self.response.content_type = "text/plain"
        self.response.headers["X-Length"] = str(len(self.request.raw))
        self.response.payload = self.request.raw


class Types(Service):
    """One element of each type, and what Python makes of it."""

    class SimpleIO:
        input_required = "name", Int("qty")
        input_optional = (
            Bool("gift"),
            Float("weight"),
            Decimal("price"),
            Date("due"),
            DateTime("at"),
            UUID("ref"),
            List("tags"),
            Dict("address"),
            ListOfDicts("lines"),
            Opaque("extra"),
            Text("note"),
            AsIs("raw"),
        )
        output_optional = "name", Int("qty"), Opaque("types")

    def handle(self):
        given = self.request.input
        self.response.payload.name = given.name
        self.response.payload.qty = given.qty
        self.response.payload.types = {
            key: type(given[key]).__name__ for key in sorted(given) if given[key] not in ("", None)
        }


class Inferred(Service):
    """Types that follow from names."""

    input = "customer_id", "-is_vip", "-page_size", "-password"

    def handle(self):
        given = self.request.input
        self.logger.info("inferred got %s", given)
        self.response.payload = {key: type(given[key]).__name__ for key in given}


class Wrapped(Service):
    class SimpleIO:
        input_required = "name"
        output_required = "name"
        response_elem = "greeting"

    def handle(self):
        self.response.payload.name = self.request.input.name
        self.response.payload.undeclared = "is let through"


class Refuse(Service):
    """Raises what is asked for."""

    input = "kind"

    def handle(self):
        kind = self.request.input.kind
        if kind == "missing":
            raise NotFound(self.cid, "no order 17", needs_msg=True)
        if kind == "secretly-missing":
            raise NotFound(self.cid, "the table orders has no row 17")
        if kind == "conflict":
            raise Conflict(self.cid, "taken", needs_msg=True)
        if kind == "forbidden":
            raise Forbidden(self.cid, "not yours", needs_msg=True)
        raise ValueError("the password of the database is hunter2hunter2")


class Verbs(Service):
    """Answers some methods only."""

    def handle_GET(self):
        self.response.payload = {"verb": "get"}

    def handle_POST(self):
        self.response.status_code = HTTPStatus.CREATED
        self.response.payload = {"verb": "post"}


class Caller(Service):
    """Invokes another service, and tells what it got."""

    input = "name"

    def handle(self):
        answer = self.invoke(Wrapped, {"name": self.request.input.name})
        self.response.payload = {"answer": answer, "cid": self.cid}


class Settings(Service):
    """A setting of the user's own."""

    def handle(self):
        self.response.payload = {"most": self.user_config.shop.limits.most}


class WhoAmI(Service):
    """Who called."""

    def handle(self):
        self.response.payload = {
            "name": self.channel.security.name,
            "type": self.channel.security.type,
            "username": self.channel.security.username,
        }


class Rows(Service):
    """Writes a row and reads all of them back, in one transaction."""

    input = "sku", Int("qty")

    def handle(self):
        sku, qty = self.request.input.sku, self.request.input.qty
        with self.out.sql["promises.shop"].session() as session:
            session.execute(text("create table if not exists stock (sku text primary key, qty integer)"))
            session.execute(text("insert or replace into stock values (:sku, :qty)"), {"sku": sku, "qty": qty})
            session.commit()
            rows = session.execute(text("select sku, qty from stock where sku = :sku"), {"sku": sku}).all()
        self.response.payload = [dict(row._mapping) for row in rows]


class Forward(Service):
    """Asks another address over an outgoing connection."""

    input = "-which"

    def handle(self):
        name = self.request.input.which or "promises.self"
        answer = self.out.rest[name].conn.get(self.cid, {"kind": "from outside"})
        self.response.payload = {"status": answer.status_code, "data": answer.data}
