from __future__ import annotations

from datetime import UTC, datetime

import pytest
from galleria.core.errors import Invalid
from galleria.core.stores import hours

SHANGHAI = "Asia/Shanghai"


def test_days_come_in_order_and_days_off_are_left_out():
    """The stored form does not depend on the order of the request."""
    given = {"sunday": [], "friday": ["10:00-20:00"], "monday": ["09:00-12:00", "13:00-21:00"]}
    assert list(hours.checked(given).items()) == [
        ("monday", ["09:00-12:00", "13:00-21:00"]),
        ("friday", ["10:00-20:00"]),
    ]


@pytest.mark.parametrize("ranges", [["00:00-24:00"], ["09:00-12:00", "12:00-13:00"], ["23:59-24:00"]])
def test_ranges_may_meet_and_fill_the_day(ranges):
    """A day may be open throughout; a range may begin where the last one ended."""
    assert hours.checked({"monday": ranges}) == {"monday": ranges}


@pytest.mark.parametrize(
    "ranges",
    [
        ["9:00-21:00"], ["09:00-21:00 "], ["09:00"], ["09:60-21:00"], ["09:00-21:60"], ["25:00-26:00"],
        ["09:00-24:01"], ["21:00-09:00"], ["09:00-09:00"], ["09:00-13:00", "12:59-21:00"],
        ["13:00-21:00", "09:00-12:00"], ["０９:00-21:00"], [f"0{hour}:00-0{hour}:30" for hour in range(7)],
    ],
)  # fmt: skip
def test_ranges_that_cannot_be_are_refused(ranges):
    """Ranges are well formed, in order, apart, within the day, and few."""
    with pytest.raises(Invalid) as caught:
        hours.checked({"tuesday": ranges})
    assert caught.value.code == "invalid_opening_hours"
    assert caught.value.errors[0]["path"].startswith("opening_hours.tuesday")


def test_an_unknown_day_is_refused():
    """The week has seven days."""
    with pytest.raises(Invalid):
        hours.checked({"funday": ["09:00-21:00"]})


@pytest.mark.parametrize(
    ("hour", "minute", "expected"),
    [(0, 59, False), (1, 0, True), (12, 59, True), (13, 0, False)],
)
def test_a_branch_is_open_from_the_first_to_before_the_last_minute(hour, minute, expected):
    """09:00-21:00 in Shanghai is 01:00-13:00 UTC, its end left out."""
    monday = datetime(2026, 6, 1, hour, minute, tzinfo=UTC)
    assert hours.is_open({"monday": ["09:00-21:00"]}, SHANGHAI, monday) is expected


def test_the_day_is_the_branchs_own():
    """Sunday evening in London is Monday morning in Shanghai."""
    sunday = datetime(2026, 5, 31, 23, 0, tzinfo=UTC)
    assert hours.is_open({"monday": ["07:00-08:00"]}, SHANGHAI, sunday)
    assert not hours.is_open({"sunday": ["07:00-08:00"]}, SHANGHAI, sunday)


def test_summer_time_moves_the_hours():
    """09:00 in Berlin is 08:00 UTC in winter and 07:00 in summer."""
    opening = {"monday": ["09:00-10:00"]}
    assert hours.is_open(opening, "Europe/Berlin", datetime(2026, 1, 5, 8, 30, tzinfo=UTC))
    assert not hours.is_open(opening, "Europe/Berlin", datetime(2026, 7, 6, 8, 30, tzinfo=UTC))


def test_a_night_is_open_until_midnight():
    """24:00 includes the last minute of the day."""
    assert hours.is_open({"monday": ["18:00-24:00"]}, "UTC", datetime(2026, 6, 1, 23, 59, tzinfo=UTC))


def test_without_hours_nothing_is_known():
    """A branch that says nothing is neither open nor closed."""
    assert hours.is_open({}, SHANGHAI, datetime(2026, 6, 1, tzinfo=UTC)) is None
