"""Conditions of a list, put together from those filters that are set: each combination is a statement of its own,
so that the database plans for the filters that there are."""

from __future__ import annotations

from typing import Any


class Clauses:
    """Conditions joined by AND, and their arguments. `?` in a condition stands for the next argument."""

    def __init__(self) -> None:
        self.args: list[Any] = []
        self._conditions: list[str] = []

    def add(self, condition: str, *values: Any) -> None:
        for value in values:
            condition = condition.replace("?", self.value(value), 1)
        self._conditions.append(condition)

    def value(self, value: Any) -> str:
        """The placeholder of one more argument."""
        self.args.append(value)
        return f"${len(self.args)}"

    def __str__(self) -> str:
        return " AND ".join(self._conditions) or "true"
