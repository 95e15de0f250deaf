"""What shoppers see of a store's rules, before they run into them."""

from __future__ import annotations

from uuid import UUID

from galleria.core.plugin_api import PUBLIC, Mall, StoreRow
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from . import queries, views
from .keeping import PLUGIN
from .schemas import PurchaseTerms
from .settings import PurchaseRules


@get("/terms", access=PUBLIC)
async def purchase_terms(
    mall: NamedDependency[Mall],
    store: NamedDependency[StoreRow],
    sku_id: FromQuery[UUID | None] = None,
    product_id: FromQuery[UUID | None] = None,
) -> PurchaseTerms:
    """The minimum order and the sale hours; with a SKU or a product, or both, also the limits on them."""
    settings = await mall.plugins.states.settings(PLUGIN, PurchaseRules, store.id)
    targets = [target for target in (sku_id, product_id) if target]
    limits = await queries.limits_on(store.id, targets) if targets else []
    return views.terms(settings, store.currency, limits, mall.now())


ROUTES = (purchase_terms,)
