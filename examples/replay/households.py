"""Households of the data as people of the mall: an account, a session, an address."""

from __future__ import annotations

from msgspec import Struct

from .calls import Caller

PASSWORD = "a household of the data"  # noqa: S105  the mall is gone when the run ends


class Household(Struct, frozen=True):
    """A household that is signed in; `address_id` is where its orders go."""

    shopper: Caller
    address_id: str


async def join(visitor: Caller, number: int) -> Household:
    """Register the household, sign it in and keep its address."""
    at_home = visitor.having(X_Forwarded_For=network_address(number))
    email = f"household-{number}@replay.example"
    await at_home.post("register", "/api/accounts", {"email": email, "password": PASSWORD, "locale": "en"})
    shopper = await at_home.signed_in(email, PASSWORD)
    kept = await shopper.post("keep an address", "/api/me/addresses", address_body(number))
    return Household(shopper, kept["id"])


def network_address(number: int) -> str:
    """Return a network address of the household's own, in 10.0.0.0/8."""
    return ".".join(map(str, (10, number >> 16 & 255, number >> 8 & 255, number & 255)))


def address_body(number: int) -> dict[str, str]:
    """Return where the household lives."""
    return {
        "recipient": f"Household {number}",
        "phone": "+12025550123",
        "country": "US",
        "province": "Ohio",
        "city": "Cincinnati",
        "street": f"{number} Main Street",
    }
