"""A server of its own process: migrates, makes a shop, prints what is in it, and serves `target`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from galleria.app import build_mall
from galleria.core.cli.serving import serve
from galleria.core.settings import load
from galleria.core.storage import db, migrations
from galleria.core.testing.factories import make_goods, make_person, make_shop


async def prepare():
    settings = load()
    mall = build_mall(settings)
    db.engine().bind(settings.database_url)
    await db.engine().start(4)
    await migrations.migrate()
    shop = await make_shop(mall, shipping_fee=800)
    goods = await make_goods(mall, shop, prices=[1999, 501], stock=100_000)
    other = await make_shop(mall, shipping_fee=800)
    there = await make_goods(mall, other, prices=[1999], stock=100_000)
    buyer = await make_person(mall)
    await mall.redis.aclose()
    await db.engine().stop()
    return {
        "shop": shop.slug,
        "owner": shop.owner.token,
        "buyer": buyer.token,
        "buyer_id": str(buyer.id),
        "skus": [str(sku) for sku in goods.skus],
        "other": {"shop": other.slug, "owner": other.owner.token, "skus": [str(there.sku)]},
    }


if __name__ == "__main__":
    if "again" not in sys.argv:
        sys.stdout.write(json.dumps(asyncio.run(prepare())) + "\n")
        sys.stdout.flush()
    serve(
        host="127.0.0.1",
        port=int(os.environ["GALLERIA_PORT"]),
        workers=int(os.environ.get("GALLERIA_WORKERS", "1")),
        environment={"PYTHONPATH": str(Path(__file__).parent)},
        target=sys.argv[1],
        log_level="error",
    )
