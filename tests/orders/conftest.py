from __future__ import annotations

from ..checkout.conftest import buyer, counter, make_buyer, story

__all__ = ["buyer", "counter", "make_buyer", "story"]
