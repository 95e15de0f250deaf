"""Which plugins are on, where, and who changed that when."""

from __future__ import annotations

from piccolo.columns import JSONB, UUID, BigInt, SmallInt, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class PluginState(Table, tablename="plugin_state", tags=["mall"]):
    """A plugin in one store, or, without a store, in the mall: on, draining or off. `revision` is its last change."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    plugin = Varchar(length=80)
    state = Varchar(length=12)
    settings = JSONB()
    revision = BigInt()
    changed_at = Timestamptz()
    changed_by = UUID(null=True, default=None)


class PluginStateChange(Table, tablename="plugin_state_change", tags=["mall"]):
    """The history: every change as it was written, never altered. `changed_by` is null for the command line."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    plugin = Varchar(length=80)
    state = Varchar(length=12)
    settings = JSONB()
    revision = BigInt()
    changed_at = Timestamptz()
    changed_by = UUID(null=True, default=None)


class PluginRevision(Table, tablename="plugin_revision", tags=["mall"]):
    """One row that counts all changes. Each change holds it until it commits, so readers never see a gap."""

    id = SmallInt(primary_key=True, default=1)
    revision = BigInt(default=0)


class PluginPlace(Table, tablename="plugin_place", tags=["mall"]):
    """The last change of anything about plugins in one store, or, without a store, in the mall."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    revision = BigInt()


class PluginRules(Table, tablename="plugin_rules", tags=["mall"]):
    """The last change of a plugin's own rules in a place: what was cached of them before is stale."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    plugin = Varchar(length=80)
    revision = BigInt()


class OfferClassOrder(Table, tablename="offer_class_order", tags=["mall"]):
    """The order of offer classes in a store, or in the mall, highest level first, where it is not the shipped one."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    classes = JSONB()
    revision = BigInt()
    changed_at = Timestamptz()
    changed_by = UUID(null=True, default=None)


class PluginIncident(Table, tablename="plugin_incident", tags=["mall"]):
    """A plugin that failed in a store, or in the mall, often enough to be suspended there, or that stopped a worker."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID(null=True, default=None)
    plugin = Varchar(length=80)
    hook = Varchar(length=80)
    kind = Varchar(length=20)
    error = Varchar(length=2000)
    times = BigInt(default=1)
    first_at = Timestamptz()
    last_at = Timestamptz()
