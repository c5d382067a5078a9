"""What of an API description a run has exercised: operations, and the statuses that they describe.  Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from apitest.core.openapi_reading import Document, Operation


@dataclass(slots=True)
class Coverage:
    """Filled by all scenarios of a run.  seen: by operation (method and path), how often each status came."""

    name: str
    description: Document
    seen: dict[str, dict[int, int]] = field(default_factory=dict)

    def add(self, operation: Operation, status: int) -> None:
        statuses = self.seen.setdefault(operation.title, {})
        statuses[status] = statuses.get(status, 0) + 1

    def statuses(self, operation: Operation) -> dict[int, int]:
        return self.seen.get(operation.title, {})

    @property
    def missing(self) -> list[Operation]:
        """The operations that nobody called yet."""
        return [operation for operation in self.description.operations if operation.title not in self.seen]

    @property
    def percent(self) -> float:
        operations = self.description.operations
        return 100 * (len(operations) - len(self.missing)) / len(operations)

    def missing_statuses(self, operation: Operation) -> list[str]:
        """The described statuses that did not come; a range such as 4XX, and `default`, by any that it stands for."""
        seen = {operation.response_key(status) for status in self.statuses(operation)}
        return [key for key in operation.responses if key not in seen]

    def fields(self) -> dict[str, Any]:
        """For reports."""
        operations = self.description.operations
        described = sum(len(operation.responses) for operation in operations)
        unseen = sum(len(self.missing_statuses(operation)) for operation in operations)
        return {
            "name": self.name,
            "operations": len(operations),
            "exercised": len(operations) - len(self.missing),
            "percent": round(self.percent, 1),
            "statuses": described,
            "statuses_seen": described - unseen,
            "by_operation": [
                {
                    "operation": operation.name,
                    "method": operation.method,
                    "path": operation.path,
                    "seen": {str(status): count for status, count in sorted(self.statuses(operation).items())},
                    "missing": self.missing_statuses(operation),
                }
                for operation in operations
            ],
        }
