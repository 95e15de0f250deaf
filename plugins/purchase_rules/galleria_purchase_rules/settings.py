"""What a store says of orders as a whole; limits of single goods are rows (`limits.py`)."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from galleria.core.plugin_api import AmountField, Body
from msgspec import Meta, field

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Time = Annotated[str, Meta(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$")]
Units = Annotated[int, Meta(ge=0, le=10**9)]

DAYS: tuple[str, ...] = get_args(Weekday)
MIDNIGHT = 24 * 60


class SaleWindow(Body):
    """Local times between which is sold; a `to` that is not after `from` is on the next day."""

    weekday: Weekday
    start: Time = field(name="from")
    end: Time = field(name="to")

    def __post_init__(self) -> None:
        if self.opens == MIDNIGHT or self.opens == _minutes(self.end):
            raise ValueError("a window starts before 24:00, and not when it ends: a whole day is 00:00 to 24:00")

    @property
    def opens(self) -> int:
        """Minutes after the weekday's midnight."""
        return _minutes(self.start)

    @property
    def closes(self) -> int:
        """Minutes after the weekday's midnight: up to two days of them."""
        end = _minutes(self.end)
        return end if end > self.opens else end + MIDNIGHT


class PurchaseRules(Body):
    """Amounts are minor units of the store's currency.

    `minimum_order` is what goods must be worth together, after discounts. Sold is within `sale_hours`; without
    any, always. `low_stock_at`: an order that leaves so few units of a SKU, or fewer, raises an alert.
    `review_above`: an order of this total or more is released by staff before it is sent. Days begin in `time_zone`.
    """

    minimum_order: AmountField = 0
    time_zone: Annotated[str, Meta(max_length=60)] = "Asia/Shanghai"
    sale_hours: Annotated[list[SaleWindow], Meta(max_length=50)] = field(default_factory=list)
    low_stock_at: Units | None = None
    review_above: AmountField | None = None

    def __post_init__(self) -> None:
        if self.time_zone not in _time_zones():
            raise ValueError(f"{self.time_zone!r} is no time zone of the IANA database, such as Asia/Shanghai")

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


def _minutes(time: str) -> int:
    hours, minutes = time.split(":")
    return int(hours) * 60 + int(minutes)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones() - {"localtime", "Factory"})
