"""The plugin keeps to what every plugin must keep to."""

from __future__ import annotations

from typing import ClassVar

import pytest
from galleria.core.testing.client import ok
from galleria.core.testing.conformance import CHECKS, Conformance, Scene, Stage

WITHOUT_THE_PLUGIN = {"story", "isolation", "disabling"}
"""Checks that quote the story's lines where the plugin is off too: data of lines for it is refused there."""


class TestConformance(Conformance):
    plugin = "retail_replay"
    prices = (9900,)
    quantities = (3,)
    extra: ClassVar = {"receipt": "r-1", "line": 0}

    async def prepare(self, scene: Scene) -> list[str]:
        """A receipt of the story's one line: 270.00 by the shelf price, less 13.37, 1.00 and 5.00."""
        row = {"receipt": "r-1", "line": 0, "sku_id": str(scene.goods.sku), "quantity": 3, "unit_price": 9000}
        row |= {"retail_disc": 1337, "coupon_match_disc": 100, "coupon_disc": 500}
        ok(await scene.owner.put(f"{scene.shop.path}/retail_replay/lines", {"lines": [row]}))
        return []

    @pytest.mark.parametrize("check", [name for name in CHECKS if name not in WITHOUT_THE_PLUGIN])
    async def test_conformance(self, stage: Stage, check: str) -> None:
        """The plugin keeps to what every plugin must keep to."""
        await CHECKS[check](stage)
