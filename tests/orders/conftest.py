from __future__ import annotations

from ..checkout.conftest import buyer, counter, make_buyer

__all__ = ["buyer", "counter", "make_buyer"]
