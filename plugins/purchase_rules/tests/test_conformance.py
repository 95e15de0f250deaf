from __future__ import annotations

from types import MappingProxyType

from galleria.core.testing.client import ok
from galleria.core.testing.conformance import Conformance, Scene


class TestConformance(Conformance):
    plugin = "purchase_rules"
    settings = MappingProxyType({"minimum_order": 1000, "low_stock_at": 999})

    async def prepare(self, scene: Scene) -> list[str]:
        """A limit that the story's orders stay below; they leave little enough for an alert."""
        body = {"product_id": str(scene.goods.id), "period": "day", "quantity": 100}
        ok(await scene.owner.post(f"{scene.shop.path}/purchase_rules/limits", body), 201)
        return []
