"""What the stock refuses, with the codes that the API shows."""

from __future__ import annotations

from ..errors import Conflict, NotFound


class OutOfStock(Conflict):
    """`errors` has one entry per SKU: `{"path": sku_id, "code": ..., "available": units, "wanted": units}`."""

    code = "out_of_stock"
    title = "There are not enough units left"


class NotHeld(Conflict):
    """More units are to leave a hold than are open in it, or there is no such hold. `errors` names the owners."""

    code = "not_held"
    title = "So many units are not held"


class StockBelowHeld(Conflict):
    """A count below what orders have been promised. `errors` has `held` and `on_hand` by SKU."""

    code = "stock_below_held"
    title = "Orders hold more units than that"


class StockChanged(Conflict):
    """A level changed between its reading and its writing; the same request may succeed."""

    code = "stock_changed"
    title = "The stock has changed in the meantime"


class SkuNotStocked(NotFound):
    """The store keeps no such SKU."""

    code = "sku_not_stocked"
    title = "This store does not stock such a SKU"


class LocationInUse(Conflict):
    """Units lie or are held at a location that is to be deactivated."""

    code = "location_in_use"
    title = "Move the location's stock first"
