"""What the stock does for others, in one place: each function is defined where its noun lives."""

from __future__ import annotations

from ..stores.problems import LocationInactive, LocationIsPool, LocationNotFound
from .deactivation import deactivate_location
from .drawing import commit, release, release_units
from .holding import confirm, hold
from .problems import LocationInUse, NotHeld, OutOfStock, SkuNotStocked, StockBelowHeld, StockChanged
from .queries import available
from .requests import CommitRequest, HoldRequest, ReleaseRequest, RestockRequest
from .stocking import adjust, open_levels, put_on_hand, receive, restock, transfer

__all__ = [
    "CommitRequest", "HoldRequest", "LocationInUse", "LocationInactive", "LocationIsPool", "LocationNotFound",
    "NotHeld", "OutOfStock", "ReleaseRequest", "RestockRequest", "SkuNotStocked", "StockBelowHeld", "StockChanged",
    "adjust", "available", "commit", "confirm", "deactivate_location", "hold", "open_levels", "put_on_hand",
    "receive", "release", "release_units", "restock", "transfer",
]  # fmt: skip
