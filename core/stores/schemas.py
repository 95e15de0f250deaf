"""Shapes of requests and answers about stores."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType, field, structs

from ..http.locale import text_of
from ..http.schemas import Amount, Body, Texts
from ..types import Money
from . import hours
from .hours import Weekday
from .queries import LocationRow, StoreProfile, Workplace

Name = Annotated[str, Meta(max_length=120)]
Url = Annotated[str, Meta(max_length=2000)]
Zone = Annotated[str, Meta(max_length=40)]
Locale = Annotated[str, Meta(max_length=12)]
Rate = Annotated[int, Meta(ge=0, le=1_000_000)]
Position = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]
Part = Annotated[str, Meta(max_length=60)]
Range = Annotated[str, Meta(max_length=11)]

_TEXTS = ("name", "description", "story")


class StoreBody(Body):
    """A new store. `currency` (ISO 4217) and `slug` are for good; the account `owner_id` becomes its owner."""

    slug: Annotated[str, Meta(max_length=60)]
    name: Texts
    currency: Annotated[str, Meta(max_length=3)]
    owner_id: UUID
    description: Texts = field(default_factory=dict)
    story: Texts = field(default_factory=dict)
    logo_url: Url = ""
    locale: Locale = "zh-CN"
    time_zone: Zone = "Asia/Shanghai"
    shipping_fee: Amount = 0
    tax_rate_ppm: Rate = 0
    is_brand: bool = False
    is_featured: bool = False
    position: Position = 0


class StoreEdit(Body):
    """What the store's staff may change; what is left out stays. `story` is the brand's."""

    name: Texts | UnsetType = UNSET
    description: Texts | UnsetType = UNSET
    story: Texts | UnsetType = UNSET
    logo_url: Url | UnsetType = UNSET
    locale: Locale | UnsetType = UNSET
    time_zone: Zone | UnsetType = UNSET
    shipping_fee: Amount | UnsetType = UNSET
    tax_rate_ppm: Rate | UnsetType = UNSET


class StandingEdit(Body):
    """How the mall presents a store; what is left out stays. Lists are sorted by `position`, the smallest first."""

    is_brand: bool | UnsetType = UNSET
    is_featured: bool | UnsetType = UNSET
    position: Position | UnsetType = UNSET


class MemberBody(Body):
    """Somebody who is to work for the store, by e-mail address or phone number."""

    identifier: Annotated[str, Meta(max_length=254)]
    role: Literal["owner", "staff"] = "staff"
    permissions: Annotated[list[Annotated[str, Meta(max_length=80)]], Meta(max_length=200)] = field(
        default_factory=list
    )


class MemberEdit(Body):
    """A member's role and permissions from now on; an owner needs no permission by name."""

    role: Literal["owner", "staff"]
    permissions: Annotated[list[Annotated[str, Meta(max_length=80)]], Meta(max_length=200)] = field(
        default_factory=list
    )


class PlaceAddress(Body):
    """Where a location is. `country` is ISO 3166-1 alpha-2."""

    street: Annotated[str, Meta(max_length=200)]
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "CN"
    province: Part = ""
    city: Part = ""
    district: Part = ""
    postal_code: Annotated[str, Meta(max_length=20)] = ""
    phone: Annotated[str, Meta(max_length=20)] = ""


class LocationEdit(Body):
    """All that is said of a location. Hours are ranges of local time by weekday: `{"monday": ["09:00-21:00"]}`."""

    name: Name
    address: PlaceAddress | None = None
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    opening_hours: dict[Weekday, Annotated[list[Range], Meta(max_length=hours.MOST_RANGES)]] = field(
        default_factory=dict
    )
    time_zone: Zone = "Asia/Shanghai"


class LocationBody(LocationEdit, kw_only=True):
    """A new location; pools are made by the activities that sell from them."""

    kind: Literal["warehouse", "branch"]


class DefaultLocationBody(Body):
    location_id: UUID


class StoreCard(Struct, kw_only=True):
    """A store in a list, in the shopper's language. `state` is open or closed."""

    id: UUID
    slug: str
    name: str
    description: str
    logo_url: str
    currency: str
    time_zone: str
    state: str
    is_brand: bool
    is_featured: bool
    shipping_fee: Money


class StoreView(StoreCard, kw_only=True):
    """A store as shoppers see it, with its brand's story."""

    story: str


class StaffStoreView(Struct, kw_only=True):
    """A store as its staff edit it; `version` goes into If-Match."""

    id: UUID
    slug: str
    name: Mapping[str, str]
    description: Mapping[str, str]
    story: Mapping[str, str]
    logo_url: str
    currency: str
    locale: str
    time_zone: str
    state: str
    is_brand: bool
    is_featured: bool
    position: int
    default_location_id: UUID | None
    shipping_fee: Money
    tax_rate_ppm: int
    version: int
    created_at: datetime


class WorkplaceView(Struct, kw_only=True):
    """A store that the caller works for. An owner has every permission of core and of installed plugins."""

    id: UUID
    slug: str
    name: str
    state: str
    role: str
    permissions: list[str]


class PermissionView(Struct, kw_only=True):
    """Something that staff can be allowed to do; `label` is in the language of the request."""

    code: str
    label: str


class PermissionList(Struct, kw_only=True):
    """The permissions that staff can be given, sorted by code."""

    items: list[PermissionView]


class BranchView(Struct, kw_only=True):
    """A branch that shoppers can visit. `open_now` is null when its hours are not known."""

    id: UUID
    name: str
    address: Mapping[str, str]
    latitude: float | None
    longitude: float | None
    opening_hours: Mapping[str, list[str]]
    time_zone: str
    open_now: bool | None


def store_card(store: StoreProfile, locale: str) -> StoreCard:
    return StoreCard(**_told(store, StoreCard, locale))


def store_view(store: StoreProfile, locale: str) -> StoreView:
    return StoreView(**_told(store, StoreView, locale))


def _told(store: StoreProfile, view: type[Struct], locale: str) -> dict[str, Any]:
    fields = _shared(store, view) | {"shipping_fee": Money(store.shipping_fee, store.currency)}
    return fields | {name: text_of(fields[name], locale) for name in _TEXTS if name in fields}


def staff_view(store: StoreProfile) -> StaffStoreView:
    return StaffStoreView(**_shared(store, StaffStoreView), shipping_fee=Money(store.shipping_fee, store.currency))


def _shared(store: StoreProfile, view: type[Struct]) -> dict[str, Any]:
    return {name: getattr(store, name) for name in view.__struct_fields__ if name != "shipping_fee"}


def permission_list(labels: Mapping[str, Mapping[str, str]], locale: str) -> PermissionList:
    return PermissionList(
        items=[PermissionView(code=code, label=text_of(labels[code], locale)) for code in sorted(labels)]
    )


def workplace_view(place: Workplace, locale: str, every: Collection[str]) -> WorkplaceView:
    """`every` are the names of all permissions: what an owner has."""
    fields = structs.asdict(place) | {"name": text_of(place.name, locale)}
    if place.role == "owner":
        fields["permissions"] = sorted(every)
    return WorkplaceView(**fields)


def branch_view(branch: LocationRow, *, store_open: bool, now: datetime) -> BranchView:
    """A branch of a closed store is closed, whatever its hours say."""
    shown = {name: getattr(branch, name) for name in BranchView.__struct_fields__ if name != "open_now"}
    open_now = hours.is_open(branch.opening_hours, branch.time_zone, now) if store_open else False
    return BranchView(**shown, open_now=open_now)
