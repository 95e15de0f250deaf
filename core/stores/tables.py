"""Stores, who works for them, and where their goods lie."""

from __future__ import annotations

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    Boolean,
    DoublePrecision,
    Integer,
    Text,
    Timestamptz,
    Varchar,
)
from piccolo.table import Table

from ..ids import new_id


class Store(Table, tablename="store", tags=["mall"]):
    """A shop of the mall. Texts are JSON objects by language: `{"zh-CN": ..., "en": ...}`."""

    id = UUID(primary_key=True, default=new_id)
    slug = Varchar(length=60)
    name = JSONB()
    description = JSONB()
    story = JSONB()
    logo_url = Text(default="")
    currency = Varchar(length=3)
    locale = Varchar(length=12, default="zh-CN")
    time_zone = Varchar(length=40, default="Asia/Shanghai")
    state = Varchar(length=12, default="open")
    is_brand = Boolean(default=False)
    is_featured = Boolean(default=False)
    position = Integer(default=0)
    default_location_id = UUID(null=True, default=None)
    shipping_fee = BigInt(default=0)
    tax_rate_ppm = Integer(default=0)
    version = Integer(default=1)
    created_at = Timestamptz()
    updated_at = Timestamptz()


class StoreMember(Table, tablename="store_member"):
    """An account that works for a store: its owner, or staff with named permissions."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    account_id = UUID()
    role = Varchar(length=12)
    permissions = Array(base_column=Varchar(length=80), default=list)
    created_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


class Location(Table, tablename="location"):
    """Where stock lies: a warehouse, a branch that shoppers visit, or a pool that an activity sells from."""

    id = UUID(primary_key=True, default=new_id)
    store_id = UUID()
    kind = Varchar(length=12)
    name = Varchar(length=120)
    address = JSONB()
    latitude = DoublePrecision(null=True, default=None)
    longitude = DoublePrecision(null=True, default=None)
    opening_hours = JSONB()
    time_zone = Varchar(length=40, default="Asia/Shanghai")
    active = Boolean(default=True)
    version = Integer(default=1)
    created_at = Timestamptz()
