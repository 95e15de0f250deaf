from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from galleria_purchase_rules import hours
from galleria_purchase_rules.settings import DAYS, PurchaseRules, SaleWindow
from hypothesis import given, settings
from hypothesis import strategies as st

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/Havana", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kathmandu")


def window(weekday, start, end):
    return msgspec.convert({"weekday": weekday, "from": start, "to": end}, SaleWindow)


def at(text, zone=SHANGHAI, fold=0):
    """A local time, as the moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).astimezone(UTC)


def test_without_windows_a_store_always_sells():
    """No sale hours is no restriction, and nothing opens."""
    assert hours.is_open([], SHANGHAI, at("2026-03-02T03:00"))
    assert hours.opens_at([], SHANGHAI, at("2026-03-02T03:00")) is None


@pytest.mark.parametrize(
    ("time", "sold"),
    [("2026-03-02T08:59", False), ("2026-03-02T09:00", True), ("2026-03-02T17:59", True), ("2026-03-02T18:00", False)],
)
def test_a_window_has_its_first_minute_and_not_its_last(time, sold):
    """From 9 to 18 on Monday, on the store's clock."""
    assert hours.is_open([window("monday", "09:00", "18:00")], SHANGHAI, at(time)) is sold


@pytest.mark.parametrize(
    ("time", "sold"),
    [
        ("2026-03-06T21:59", False), ("2026-03-06T22:00", True), ("2026-03-07T00:00", True),
        ("2026-03-07T01:59", True), ("2026-03-07T02:00", False), ("2026-03-07T22:30", False),
    ],
)  # fmt: skip
def test_a_window_may_go_on_after_midnight(time, sold):
    """22 to 2 on Friday ends on Saturday at 2, and says nothing of Saturday's night."""
    assert hours.is_open([window("friday", "22:00", "02:00")], SHANGHAI, at(time)) is sold


def test_sunday_night_ends_on_monday():
    """The week is a circle."""
    windows = [window("sunday", "22:00", "02:00")]
    assert hours.is_open(windows, SHANGHAI, at("2026-03-09T01:00"))
    assert hours.opens_at(windows, SHANGHAI, at("2026-03-09T02:00")) == at("2026-03-15T22:00")


def test_a_whole_day_is_midnight_to_twenty_four():
    """00:00 to 24:00 on Monday is all of Monday."""
    windows = [window("monday", "00:00", "24:00")]
    assert hours.is_open(windows, SHANGHAI, at("2026-03-02T00:00"))
    assert hours.is_open(windows, SHANGHAI, at("2026-03-02T23:59"))
    assert not hours.is_open(windows, SHANGHAI, at("2026-03-03T00:00"))


def test_a_time_that_clocks_skip_is_the_moment_of_the_change():
    """In Berlin 2:00 to 3:00 is missing on 29 March 2026: a window from 2:30 begins when the clock says 3:00."""
    windows = [window("sunday", "02:30", "03:15")]
    change = datetime(2026, 3, 29, 1, tzinfo=UTC)
    assert hours.opens_at(windows, BERLIN, change - timedelta(hours=1)) == change
    assert hours.is_open(windows, BERLIN, change)
    assert hours.is_open(windows, BERLIN, at("2026-03-29T03:14", BERLIN))
    assert not hours.is_open(windows, BERLIN, at("2026-03-29T03:15", BERLIN))


def test_an_hour_that_comes_twice_is_sold_twice():
    """In Berlin 2:00 to 3:00 comes twice on 25 October 2026: a window over it lasts an hour longer."""
    windows = [window("sunday", "01:00", "04:00")]
    assert hours.is_open(windows, BERLIN, at("2026-10-25T02:30", BERLIN, fold=0))
    assert hours.is_open(windows, BERLIN, at("2026-10-25T02:30", BERLIN, fold=1))
    ends = at("2026-10-25T04:00", BERLIN)
    assert ends - at("2026-10-25T01:00", BERLIN) == timedelta(hours=4)
    assert not hours.is_open(windows, BERLIN, ends)


def test_summer_time_moves_the_moment_not_the_clock():
    """9 o'clock is 8:00 UTC in winter and 7:00 UTC in summer."""
    windows = [window("monday", "09:00", "18:00")]
    assert hours.is_open(windows, BERLIN, datetime(2026, 1, 5, 8, tzinfo=UTC))
    assert not hours.is_open(windows, BERLIN, datetime(2026, 1, 5, 7, tzinfo=UTC))
    assert hours.is_open(windows, BERLIN, datetime(2026, 7, 6, 7, tzinfo=UTC))


minutes = st.integers(0, 1439)
times = minutes.map(lambda n: f"{n // 60:02}:{n % 60:02}")
windows_ = st.lists(
    st.tuples(st.sampled_from(DAYS), times, times).filter(lambda w: w[1] != w[2]).map(lambda w: window(*w)),
    min_size=1,
    max_size=4,
)
moments = st.integers(0, 400 * 24 * 60).map(lambda n: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=n))


@settings(max_examples=150, deadline=None)
@given(windows_, st.sampled_from(ZONES), moments)
def test_sales_begin_when_the_refusal_says(windows, key, now):
    """What is closed opens at the moment that is said, not a minute before, and not sooner in between."""
    zone = ZoneInfo(key)
    opens = hours.opens_at(windows, zone, now)
    if hours.is_open(windows, zone, now) or opens is None:
        return
    assert now < opens <= now + timedelta(days=8)
    assert hours.is_open(windows, zone, opens)
    assert not hours.is_open(windows, zone, opens - timedelta(minutes=1))
    step = (opens - now) / 50
    assert not any(hours.is_open(windows, zone, now + step * n) for n in range(50))


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(ZONES), moments)
def test_a_moment_is_found_again_by_its_clock(key, now):
    """The first moment at which clocks show a time shows it, or the first time after a gap."""
    zone = ZoneInfo(key)
    local = now.astimezone(zone).replace(tzinfo=None)
    found = hours.instant(local, zone)
    assert found in (now, now - timedelta(hours=1), now - timedelta(minutes=30))
    assert found.astimezone(zone).replace(tzinfo=None) == local


@pytest.mark.parametrize(
    ("period", "start"),
    [("day", date(2026, 3, 1)), ("week", date(2026, 2, 23)), ("month", date(2026, 3, 1)), ("ever", date(1970, 1, 1))],
)
def test_periods_begin_at_local_midnight(period, start):
    """17:00 UTC on Saturday is Sunday, 1 March, in Shanghai: the week began on Monday, 23 February."""
    assert hours.period_start(period, datetime(2026, 2, 28, 17, tzinfo=UTC), SHANGHAI) == start


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["day", "week", "month"]), st.sampled_from(ZONES), moments)
def test_a_period_has_begun_and_begins_once(period, key, now):
    """The first day is not after today and is its own beginning; weeks begin on Monday, months on the 1st."""
    zone = ZoneInfo(key)
    start, today = hours.period_start(period, now, zone), now.astimezone(zone).date()
    assert start <= today
    assert hours.period_start(period, hours.instant(datetime.combine(start, datetime.min.time()), zone), zone) == start
    assert {"day": start == today, "week": start.weekday() == 0, "month": start.day == 1}[period]


@pytest.mark.parametrize(
    "wrong",
    [
        {"time_zone": "Mars/Olympus"}, {"time_zone": "../UTC"}, {"time_zone": "localtime"}, {"minimum_order": -1},
        {"sale_hours": [{"weekday": "monday", "from": "9:00", "to": "18:00"}]},
        {"sale_hours": [{"weekday": "monday", "from": "24:00", "to": "18:00"}]},
        {"sale_hours": [{"weekday": "monday", "from": "09:00", "to": "09:00"}]},
        {"sale_hours": [{"weekday": "funday", "from": "09:00", "to": "18:00"}]},
        {"sale_hours": [{"weekday": "monday", "from": "09:00", "to": "25:00"}]},
        {"low_stock_at": -1}, {"limit": 3},
    ],
)  # fmt: skip
def test_settings_that_cannot_be_are_refused(wrong):
    """Unknown zones and days, times that are none, windows without a length, negative figures, unknown fields."""
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(wrong, PurchaseRules)
