"""apitest/core/openapi_coverage.py: what of a description a run has exercised."""

from __future__ import annotations

from apitest.core import yaml_text
from apitest.core.openapi_coverage import Coverage
from apitest.core.openapi_reading import Document

TEXT = """
openapi: 3.1.0
paths:
  /a: {get: {operationId: readA, responses: {200: {}, 4XX: {}, default: {}}}}
  /b: {get: {operationId: readB, responses: {200: {}}}}
"""


def test_coverage() -> None:
    description = Document("a.yaml", "file:///a.yaml", {"file:///a.yaml": yaml_text.parse(TEXT, "a.yaml")})
    coverage = Coverage("a.yaml", description)
    first, second = description.operations
    assert coverage.percent == 0
    assert coverage.missing == [first, second]
    coverage.add(first, 200)
    coverage.add(first, 200)
    coverage.add(first, 404)
    assert coverage.percent == 50
    assert coverage.missing == [second]
    assert coverage.missing_statuses(first) == ["default"]
    coverage.add(first, 500)
    assert coverage.missing_statuses(first) == []
    fields = coverage.fields()
    assert (fields["operations"], fields["exercised"], fields["statuses"], fields["statuses_seen"]) == (2, 1, 4, 3)
    assert fields["by_operation"][0]["seen"] == {"200": 2, "404": 1, "500": 1}
    assert fields["by_operation"][1] == {
        "operation": "readB", "method": "GET", "path": "/b", "seen": {}, "missing": ["200"],
    }  # fmt: skip
