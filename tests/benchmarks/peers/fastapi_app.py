"""Peer: FastAPI, run by uvicorn with uvloop and httptools."""

import hmac
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from pydantic import BaseModel

USER, PASSWORD = "bench", "a-bench-password"

app = FastAPI()
basic = HTTPBasic(realm="bench")


class Order(BaseModel):
    sku: str
    qty: int
    is_gift: bool = False


class Reply(BaseModel):
    customer: str
    sku: str
    qty: int
    state: str


async def check(given: Annotated[HTTPBasicCredentials, Depends(basic)]) -> None:
    is_user = hmac.compare_digest(given.username.encode(), USER.encode())
    if not (hmac.compare_digest(given.password.encode(), PASSWORD.encode()) and is_user):
        raise HTTPException(401, headers={"WWW-Authenticate": 'Basic realm="bench"'})


@app.post("/bench/orders/{customer}", dependencies=[Depends(check)])
async def create(customer: str, order: Order) -> Reply:
    return Reply(customer=customer, sku=order.sku, qty=order.qty, state="accepted")
