"""Services of a small shop.  Save a change, and the running server has it within a second."""

from http import HTTPStatus

from sqlalchemy import text
from zato.common.exception import NotFound
from zato.server.service import Float, Int, Service

SUPPLIER_PRICES = {"A1": 4.5, "B2": 12.0, "C3": 0.99}

MARK_UP = 1.2
"""What the shop adds to the supplier's price."""

CREATE_ORDERS = """
create table if not exists orders (
    id integer primary key autoincrement,
    sku text not null,
    qty integer not null,
    state text not null
)
"""


class Ping(Service):
    """Says that the server is there."""

    output = "pong", "service"

    def handle(self):
        self.response.payload.pong = "demo"
        self.response.payload.service = self.name


class Prices(Service):
    """The supplier's price list: all of it, or one article."""

    input = "-sku"

    def handle(self):
        sku = self.request.input.sku
        if not sku:
            self.response.payload = SUPPLIER_PRICES
        elif sku in SUPPLIER_PRICES:
            self.response.payload = {"sku": sku, "price": SUPPLIER_PRICES[sku]}
        else:
            raise NotFound(self.cid, f"no article {sku}")


class JoinPrices(Service):
    """What an article costs in the shop: asks the supplier over an outgoing connection and adds the mark-up."""

    input = "sku"
    output = "sku", Float("supplier_price"), Float("price")

    def handle(self):
        answer = self.out.rest["demo.supplier"].conn.get(self.cid, {"sku": self.request.input.sku})
        if answer.status_code == HTTPStatus.NOT_FOUND:
            raise NotFound(self.cid, "the supplier does not have it")
        price = answer.data["price"]
        self.response.payload = {
            "sku": self.request.input.sku,
            "supplier_price": price,
            "price": round(price * MARK_UP, 2),
        }


class Orders(Service):
    """Takes orders and shows them; each one is a row of the table `orders`."""

    class SimpleIO:
        input_optional = Int("id"), "sku", Int("qty")
        output_optional = Int("id"), "sku", Int("qty"), "state", Float("total")

    def handle_POST(self):
        sku, qty = self.request.input.sku, self.request.input.qty
        price = self.invoke(JoinPrices, {"sku": sku})["price"]
        with self.out.sql["demo.shop"].session() as session:
            session.execute(text(CREATE_ORDERS))
            row = session.execute(
                text("insert into orders (sku, qty, state) values (:sku, :qty, 'new')"), {"sku": sku, "qty": qty}
            )
            session.commit()
        self.response.status_code = HTTPStatus.CREATED
        self.response.payload = {
            "id": row.lastrowid,
            "sku": sku,
            "qty": qty,
            "state": "new",
            "total": round(price * qty, 2),
        }

    def handle_GET(self):
        with self.out.sql["demo.shop"].session() as session:
            found = session.execute(
                text("select id, sku, qty, state from orders where id = :id"), {"id": self.request.input.id}
            ).first()
        if not found:
            raise NotFound(self.cid, f"no order {self.request.input.id}")
        self.response.payload = dict(found._mapping)
