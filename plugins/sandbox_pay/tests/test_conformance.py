from __future__ import annotations

from galleria.core.testing.conformance import Conformance


class TestConformance(Conformance):
    plugin = "sandbox_pay"
