"""Peer: Flask, run by gunicorn's gevent worker.  Input checked by pydantic, as the others check it."""

import hmac
from typing import Any

from flask import Flask, Response, jsonify, request
from pydantic import BaseModel, ValidationError

USER, PASSWORD = "bench", "a-bench-password"

app = Flask(__name__)


class Order(BaseModel):
    sku: str
    qty: int
    is_gift: bool = False


@app.post("/bench/orders/<customer>")
def create(customer: str) -> Any:
    given = request.authorization
    if (
        given is None
        or given.type != "basic"
        or not hmac.compare_digest((given.username or "").encode(), USER.encode())
        or not hmac.compare_digest((given.password or "").encode(), PASSWORD.encode())
    ):
        return Response(status=401, headers={"WWW-Authenticate": 'Basic realm="bench"'})
    try:
        order = Order.model_validate_json(request.get_data())
    except ValidationError as error:
        return jsonify({"problems": error.errors(include_url=False)}), 400
    return jsonify({"customer": customer, "sku": order.sku, "qty": order.qty, "state": "accepted"})
