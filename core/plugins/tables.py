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
