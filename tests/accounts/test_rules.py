"""Identifiers, passwords, texts and the arithmetic of failed attempts."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta

import pytest
from galleria.core.accounts import rules
from galleria.core.accounts.rules import PER_ADDRESS, PER_IDENTIFIER, Tally
from galleria.core.errors import Invalid
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 1, 1, tzinfo=UTC)
LIMITS = st.sampled_from([PER_IDENTIFIER, PER_ADDRESS])
SPANS = st.integers(0, 5 * 86400).map(lambda seconds: timedelta(seconds=seconds))
TALLIES = st.builds(Tally, failures=st.integers(0, 60), since=SPANS.map(lambda span: START + span))


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("  Li.Lei@Example.COM ", "li.lei@example.com"),
        ("a@b.cn", "a@b.cn"),
        ("a+tag@xn--fiq228c.xn--fiqs8s", "a+tag@xn--fiq228c.xn--fiqs8s"),
        (f"{'a' * 64}@{'b' * 63}.example.org", f"{'a' * 64}@{'b' * 63}.example.org"),
    ],
)
def test_an_email_address_is_stored_in_lower_case(typed, stored):
    """Blanks around an address and the case of its letters do not matter."""
    assert rules.email_address(typed) == stored


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "a@b", "a@b.c", "a@.cn", "a@b..cn", ".a@b.cn", "a.@b.cn", "a..b@c.cn", "a b@c.cn", "a@b.cn\n.x",
        "a@@b.cn", "a@-b.cn", "a@b-.cn", "a@b.1", "a@[127.0.0.1]", '"a"@b.cn', "é@b.cn", "a@é.cn", "a\x00@b.cn",
        f"{'a' * 65}@b.cn", f"a@{'b' * 64}.cn", f"a@{'b.' * 130}cn", "a@b.cn>", "<a@b.cn",
    ],
)  # fmt: skip
def test_what_is_not_an_email_address_is_refused(typed):
    """Quoted parts, literals, single labels, foreign letters and over-long parts are no e-mail address."""
    with pytest.raises(Invalid) as refused:
        rules.email_address(typed)
    assert refused.value.errors[0]["code"] == "invalid_email"


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("13800138000", "+8613800138000"),
        ("+86 138-0013-8000", "+8613800138000"),
        ("138 0013 8000", "+8613800138000"),
        ("+1 (415) 555-2671", "+14155552671"),
    ],
)
def test_a_phone_number_without_a_country_code_is_chinese(typed, stored):
    """Numbers are stored in E.164, and full-width digits are digits."""
    assert rules.phone_number(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "1", "12345", "13800138000x5", "1-800-FLOWERS", "+999123456789", "1" * 41, "\x00"]
)
def test_what_is_not_a_phone_number_is_refused(typed):
    """Extensions, letters, unknown countries and over-long digits are no phone number."""
    with pytest.raises(Invalid, match="not a phone number"):
        rules.phone_number(typed)


@given(st.text(max_size=300))
def test_no_text_breaks_the_normal_form(text):
    """Any text is an identifier in its normal form, which is its own normal form, or Invalid."""
    try:
        found = rules.identifier(text)
    except Invalid:
        return
    assert rules.identifier(found) == found


@given(st.from_regex(r"[A-Za-z0-9]{1,20}(\.[A-Za-z0-9]{1,20})?@[A-Za-z0-9]{1,20}\.[A-Za-z]{2,8}", fullmatch=True))
def test_letter_case_makes_no_other_address(address):
    """Both cases of an ordinary address have one normal form."""
    assert rules.email_address(address.upper()) == rules.email_address(address.lower()) == address.lower()


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=8, max_size=32))
def test_a_password_is_in_its_normal_form_once(text):
    """The normal form of a password is accepted and stays as it is, whatever alphabet it is written in."""
    normal = unicodedata.normalize("NFKC", text)
    if 8 <= len(normal) <= 128:
        assert rules.password(text) == rules.password(normal) == normal
    else:
        with pytest.raises(Invalid):
            rules.password(text)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1234567", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("ﷺ" * 8, "password_too_long"),
        ("12345678\x00", "password_unprintable"),
        ("1234\n5678", "password_unprintable"),
    ],
)
def test_a_password_has_8_to_128_printable_characters(typed, code):
    """Length counts after normalisation; control characters are refused."""
    with pytest.raises(Invalid) as refused:
        rules.password(typed)
    assert refused.value.code == code


def test_full_width_digits_are_the_same_password():
    """A password typed with a Chinese keyboard in full width equals the half-width one."""
    assert rules.password("１２３４５６７８") == "12345678"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_an_ipv6_subscriber_is_one_network(address, network):
    """All addresses of a /64 count as one, an IPv4 address as itself."""
    assert rules.network_of(address) == network


def test_pauses_double_and_end():
    """After the free failures pauses are 1, 2, 4 ... seconds, and never longer than the longest."""
    pauses = [rules.pause(count, PER_IDENTIFIER).total_seconds() for count in (0, 4, 5, 6, 7, 14, 15, 10_000)]
    assert pauses == [0, 0, 1, 2, 4, 512, 900, 900]


@given(LIMITS, st.integers(0, 2000))
def test_a_further_failure_never_shortens_the_pause(limit, failures):
    """Pauses grow with failures."""
    assert rules.pause(failures, limit) <= rules.pause(failures + 1, limit)


@given(LIMITS, TALLIES, SPANS, SPANS)
def test_forgiving_in_two_steps_is_forgiving_in_one(limit, tally, first, second):
    """When a tally is looked at makes no difference to what is forgiven later."""
    later = tally.since + first + second
    once = rules.forgiven(tally, limit, later)
    twice = rules.forgiven(rules.forgiven(tally, limit, tally.since + first), limit, later)
    assert (once.failures, once.blocked_until) == (twice.failures, twice.blocked_until)
    assert twice.failures == 0 or once.since == twice.since


@given(LIMITS, TALLIES, SPANS)
def test_a_clock_that_goes_back_forgives_nothing(limit, tally, back):
    """An earlier moment leaves the tally as it is."""
    assert rules.forgiven(tally, limit, tally.since - back) == tally


@given(LIMITS, TALLIES, SPANS)
def test_a_success_takes_back_what_was_counted_for_it(limit, tally, span):
    """Counting an attempt and taking it back leaves the failures, and no pause below the free number."""
    now = tally.since + span
    before = rules.forgiven(tally, limit, now)
    after = rules.taken_back(rules.counted(tally, limit, now), limit)
    assert after.failures == before.failures
    assert (after.blocked_until is None) == (after.failures < limit.free)


@given(LIMITS, TALLIES, SPANS)
def test_the_wait_is_whole_seconds_rounded_up(limit, tally, span):
    """Whoever waits the seconds that were said is let in."""
    now = tally.since + span
    blocked = rules.counted(tally, limit, now)
    wait = rules.seconds_blocked(blocked, now + timedelta(milliseconds=1))
    assert rules.seconds_blocked(blocked, now + timedelta(milliseconds=1, seconds=wait)) == 0
    assert (wait > 0) == (blocked.failures >= limit.free)
