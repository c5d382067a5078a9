"""An API description (OpenAPI 3.x) -> expectations: every operation answers with its example.

Taken is the first successful response; of its body the example, else the first of `examples`, else what its schema
says (example, default, const, enum, then made up by type).  Pure.  Not here: checking calls against a description
(`core/openapi.py`).
"""

from __future__ import annotations

import json
from typing import Any

from apitest.core.lookups import shield
from apitest.core.openapi_reading import Document, Operation
from apitest.core.openapi_values import Maker
from apitest.mocks.rules import Answer, Expectation


def expectations(description: Document) -> list[Expectation]:
    """All operations of a description."""
    prefix = description.servers[0].path.rstrip("/")
    maker = Maker(description.resolve, is_answer=True)
    return [
        Expectation(operation.method, prefix + operation.path, [_answer(operation, maker)], source=description.name)
        for operation in description.operations
    ]


def _answer(operation: Operation, maker: Maker) -> Answer:
    status, response = min(operation.responses.items(), key=lambda pair: _rank(pair[0]))
    number = int(status) if status.isdigit() else int(status[0]) * 100 if status[:1].isdigit() else 200
    headers = [(header.name, str(shield(maker.example_of(header.document)))) for header in response.headers]
    if not response.content:
        return Answer(number, tuple(headers), is_ready=True)
    kind = next((name for name in response.content if "json" in name), next(iter(response.content)))
    body: Any = shield(maker.example_of(response.content[kind].document))
    if not isinstance(body, str) or "json" in kind:
        body = json.dumps(body, ensure_ascii=False, default=str)
    return Answer(number, (("Content-Type", kind.replace("*/*", "application/json")), *headers), body, is_ready=True)


def _rank(status: str) -> tuple[int, str]:
    """Success first, the default last."""
    return (0 if status.startswith("2") else 2 if status == "default" else 1, status)
