"""Who makes a request, as the rest of core sees it."""

from __future__ import annotations

from uuid import UUID

from msgspec import Struct

from ..errors import Unauthenticated


class Caller(Struct, frozen=True, kw_only=True):
    """The signed-in account, if any; the anonymous cart's token, if any; and the network address."""

    account_id: UUID | None = None
    session_id: UUID | None = None
    roles: frozenset[str] = frozenset()
    cart_token: str | None = None
    address: str = ""

    @property
    def shopper_id(self) -> UUID:
        """The account's id. Raises Unauthenticated for an anonymous caller."""
        if self.account_id is None:
            raise Unauthenticated
        return self.account_id

    @property
    def is_operator(self) -> bool:
        return "operator" in self.roles

    @property
    def scope(self) -> str:
        """What tells this caller's idempotency keys from everyone else's."""
        if self.account_id is not None:
            return f"account:{self.account_id}"
        return f"cart:{self.cart_token}" if self.cart_token else f"anonymous:{self.address}"
