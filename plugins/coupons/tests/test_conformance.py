from __future__ import annotations

from datetime import timedelta

from galleria.core.testing.client import ok
from galleria.core.testing.conformance import Conformance, Scene


class TestInAStore(Conformance):
    plugin = "coupons"

    async def prepare(self, scene: Scene) -> list[str]:
        """A campaign of 5.00 off, and a coupon of it that the shopper has claimed and asks for."""
        if scene.place is None:
            public, manager = "/api/plugins/coupons", scene.operator
        else:
            public, manager = f"{scene.shop.path}/coupons", scene.owner
        now = scene.mall.now()
        body = {
            "name": {"zh-CN": "立减五元", "en": "5 off"},
            "kind": "amount_off",
            "amount": 500,
            "starts_at": (now - timedelta(days=1)).isoformat(),
            "ends_at": (now + timedelta(days=1)).isoformat(),
        }
        campaign = ok(await manager.post(f"{public}/manage/campaigns", body), 201)
        active = manager.having(If_Match=f'"v{campaign["version"]}"')
        ok(await active.post(f"{public}/manage/campaigns/{campaign['id']}/activate", key=""))
        coupon = ok(await scene.shopper.api.post(f"{public}/campaigns/{campaign['id']}/claims"), 201)
        return [coupon["id"]]


class TestInTheMall(TestInAStore):
    scope = "mall"
