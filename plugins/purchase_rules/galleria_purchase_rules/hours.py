"""Sale hours and the beginnings of periods, on the clock of a store's time zone. Pure.

Where clocks are put forward, a time that they skip is the moment of the change; where they are put back, a
time that comes twice is its first coming.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from .settings import DAYS, SaleWindow

Period = Literal["order", "day", "week", "month", "ever"]

_FIRST_DAY = date(1970, 1, 1)
_MINUTE = timedelta(minutes=1)
_LOOK_AHEAD = 8


def instant(local: datetime, zone: ZoneInfo) -> datetime:
    """The first moment, in UTC, at which clocks in `zone` show `local` (naive, whole minutes) or later."""
    earlier, later = sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if _shown(earlier, zone) == local:
        return earlier
    while later - earlier > _MINUTE:
        middle = earlier + (later - earlier) // _MINUTE // 2 * _MINUTE
        earlier, later = (earlier, middle) if _shown(middle, zone) >= local else (middle, later)
    return later


def is_open(windows: Sequence[SaleWindow], zone: ZoneInfo, now: datetime) -> bool:
    """Whether `now` lies in a window; without any window it always does."""
    yesterday = _today(now, zone) - timedelta(days=1)
    return not windows or any(start <= now < end for start, end in _occurrences(windows, zone, yesterday, 3))


def opens_at(windows: Sequence[SaleWindow], zone: ZoneInfo, now: datetime) -> datetime | None:
    """When, after `now`, the next window begins; None if none does within a week."""
    found = _occurrences(windows, zone, _today(now, zone), _LOOK_AHEAD)
    return min((start for start, end in found if now < start < end), default=None)


def period_start(period: Period, now: datetime, zone: ZoneInfo) -> date:
    """The local day on which the period that `now` lies in has begun. Weeks begin on Monday."""
    today = _today(now, zone)
    if period == "week":
        return today - timedelta(days=today.weekday())
    if period == "month":
        return today.replace(day=1)
    return today if period == "day" else _FIRST_DAY


def _occurrences(
    windows: Sequence[SaleWindow], zone: ZoneInfo, first: date, days: int
) -> Iterator[tuple[datetime, datetime]]:
    for day in (first + timedelta(days=n) for n in range(days)):
        midnight = datetime.combine(day, time())
        for window in windows:
            if window.weekday == DAYS[day.weekday()]:
                begin, end = midnight + window.opens * _MINUTE, midnight + window.closes * _MINUTE
                yield instant(begin, zone), instant(end, zone)


def _today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def _shown(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
