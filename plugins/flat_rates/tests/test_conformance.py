from __future__ import annotations

from types import MappingProxyType

from galleria.core.testing.conformance import Conformance


class TestInAStore(Conformance):
    plugin = "flat_rates"
    settings = MappingProxyType({"rate": 800, "tax_rate_ppm": 60_000, "tax_included": False})


class TestInTheMall(TestInAStore):
    scope = "mall"
