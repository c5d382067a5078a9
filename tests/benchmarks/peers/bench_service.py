"""Ours: the measured service, as a user would write and deploy it."""

from zato.server.service import Bool, Int, Service


class Orders(Service):
    name = "bench.orders"

    input = "customer", "sku", Int("qty"), Bool("-is_gift")
    output = "customer", "sku", Int("qty"), "state"

    def handle(self):
        order = self.request.input
        self.response.payload = {"customer": order.customer, "sku": order.sku, "qty": order.qty, "state": "accepted"}
