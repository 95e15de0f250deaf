"""Opening hours: per weekday, ranges of local time such as "09:00-21:00". Pure.

A range ends on its own day, at 24:00 at the latest; a night is two ranges of two days. A day without ranges is
a day off; without any range nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from .rules import refuse

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Hours = Mapping[str, Sequence[str]]

DAYS: tuple[str, ...] = get_args(Weekday)
MOST_RANGES = 6
MIDNIGHT = 24 * 60

_RANGE = re.compile(r"([0-9]{2}):([0-9]{2})-([0-9]{2}):([0-9]{2})")


def checked(hours: Hours) -> dict[str, list[str]]:
    """The hours, days in order and days off left out.

    Raises Invalid (`invalid_opening_hours`) for an unknown day, a range that is none, or ranges that overlap
    or are out of order.
    """
    unknown = [day for day in hours if day not in DAYS]
    if unknown:
        refuse(f"opening_hours.{unknown[0]}", "invalid_opening_hours", f"The days are {', '.join(DAYS)}.")
    return {day: _day(day, hours[day]) for day in DAYS if hours.get(day)}


def _day(day: str, ranges: Sequence[str]) -> list[str]:
    if len(ranges) > MOST_RANGES:
        refuse(f"opening_hours.{day}", "invalid_opening_hours", f"A day has {MOST_RANGES} ranges at most.")
    spans = [_span(text, f"opening_hours.{day}.{number}") for number, text in enumerate(ranges)]
    if any(later[0] < earlier[1] for earlier, later in pairwise(spans)):
        refuse(f"opening_hours.{day}", "invalid_opening_hours", "Ranges follow each other and do not overlap.")
    return list(ranges)


def _span(text: str, path: str) -> tuple[int, int]:
    """Minutes of the day: [start, end)."""
    match = _RANGE.fullmatch(text)
    if match is None:
        refuse(path, "invalid_opening_hours", 'Write a range as "09:00-21:00".')
    hour, minute, last_hour, last_minute = (int(part) for part in match.groups())
    start, end = hour * 60 + minute, last_hour * 60 + last_minute
    if max(minute, last_minute) > 59 or not start < end <= MIDNIGHT:
        refuse(path, "invalid_opening_hours", "A range starts before it ends, at 24:00 at the latest.")
    return start, end


def is_open(hours: Hours, time_zone: str, now: datetime) -> bool | None:
    """Whether `now` lies in a range of its local day; None when no hours are known."""
    if not any(hours.values()):
        return None
    local = now.astimezone(ZoneInfo(time_zone))
    minute = local.hour * 60 + local.minute
    spans = [_span(text, "opening_hours") for text in hours.get(DAYS[local.weekday()], ())]
    return any(start <= minute < end for start, end in spans)
