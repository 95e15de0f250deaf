"""What stores do for others, in one place: each function is defined where its noun lives."""

from __future__ import annotations

from .locations import (
    NewLocation,
    Place,
    activate,
    add_location,
    deactivate,
    edit_location,
    open_pool,
    set_default,
    share,
)
from .members import add_member, change_member, revoke_member
from .profiles import Changes, Details, create_store, edit_store, set_state

__all__ = [
    "Changes", "Details", "NewLocation", "Place", "activate", "add_location", "add_member", "change_member",
    "create_store", "deactivate", "edit_location", "edit_store", "open_pool", "revoke_member", "set_default",
    "set_state", "share",
]  # fmt: skip
