"""What stores refuse, with the codes that the API shows."""

from __future__ import annotations

from ..errors import Conflict, Forbidden, NotFound


class SlugTaken(Conflict):
    code = "slug_taken"
    title = "Another store has this slug"


class MemberNotFound(NotFound):
    code = "member_not_found"
    title = "This account does not work for the store"


class AlreadyMember(Conflict):
    code = "already_member"
    title = "This account works for the store already"


class LastOwner(Conflict):
    """A store is never without an owner."""

    code = "last_owner"
    title = "Name another owner first"


class OwnersOnly(Forbidden):
    """Staff, whatever their permissions, do not make, change or remove owners."""

    code = "owners_only"
    title = "Only an owner may do this"


class PermissionNotYours(Forbidden):
    """Staff pass on only what they may do themselves. `permissions` names the others."""

    code = "permission_not_yours"
    title = "You cannot give a permission that you do not have"


class LocationNotFound(NotFound):
    code = "location_not_found"
    title = "This store has no such location"


class LocationInactive(Conflict):
    code = "location_inactive"
    title = "The location is not in use"


class LocationIsPool(Conflict):
    """A pool belongs to the activity that made it; it is neither made nor changed by hand."""

    code = "location_is_pool"
    title = "A pool is managed by its activity alone"


class NotAWarehouse(Conflict):
    code = "not_a_warehouse"
    title = "Orders are sent from a warehouse"


class DefaultLocation(Conflict):
    """Orders are held at the default warehouse."""

    code = "default_location"
    title = "Make another warehouse the default first"
