"""Who may call a route. Every handler states it: `@get("/orders", access=staff("orders.read"))`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct


class Access(Struct, frozen=True):
    """A policy. For `staff` the caller works for the store in the path and has `permission` there."""

    kind: Literal["public", "shopper", "staff", "operator"]
    permission: str = ""


PUBLIC = Access("public")
"""Anyone. What the answer shows is the handler's care."""

SHOPPER = Access("shopper")
"""Anyone who is signed in; the handler reads only what is the caller's own."""

OPERATOR = Access("operator")
"""Who runs the mall."""


def staff(permission: str) -> Access:
    """Owners, and staff who have the named permission, of the store `{store}` in the path; operators too."""
    return Access("staff", permission)
