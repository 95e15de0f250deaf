"""What an identifier, a password and a plain text may be, and how failed attempts slow the next ones. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import NoReturn

import phonenumbers
from msgspec import Struct
from msgspec.structs import replace

from ..errors import Invalid

HOME_REGION = "CN"
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 128
MOST_ADDRESSES = 50

_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_TOP = r"(?:[a-z]{2,63}|xn--[a-z0-9-]{1,58}[a-z0-9])"
_EMAIL = re.compile(rf"(?=.{{6,254}}\Z)(?=[^@]{{1,64}}@){_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+{_TOP}")
_PHONE = re.compile(r"\+?[0-9()\-. ]{3,40}")
_LOCALE = re.compile(r"(?=.{2,12}\Z)[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")


def refuse(path: str, code: str, detail: str) -> NoReturn:
    """Raises Invalid about one field."""
    raise Invalid(detail, code=code, errors=[{"path": path, "code": code, "detail": detail}])


def email_address(text: str, path: str = "email") -> str:
    """The address in lower case. Raises Invalid (`invalid_email`) unless it is ASCII `local@domain.tld`.

    Stricter than RFC 5321 on purpose: no quoted local part, no address literal, no single-label domain.
    """
    found = text.strip().lower()
    if not found.isascii() or not _EMAIL.fullmatch(found):
        refuse(path, "invalid_email", "This is not an e-mail address.")
    return found


def phone_number(text: str, path: str = "phone", region: str = HOME_REGION) -> str:
    """The number in E.164; without a country code it is one of `region`. Raises Invalid (`invalid_phone`)."""
    plain = unicodedata.normalize("NFKC", text).strip()
    try:
        number = phonenumbers.parse(plain, region) if _PHONE.fullmatch(plain) else None
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        refuse(path, "invalid_phone", "This is not a phone number.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def identifier(text: str) -> str:
    """What a person signs in with, as it is stored: an e-mail address if it has an @, else a phone number."""
    return email_address(text, "identifier") if "@" in text else phone_number(text, "identifier")


def password(text: str, path: str = "password") -> str:
    """The password in NFKC, so that every keyboard types the same one. Raises Invalid."""
    found = unicodedata.normalize("NFKC", text)
    if len(found) < SHORTEST_PASSWORD:
        refuse(path, "password_too_short", f"A password has at least {SHORTEST_PASSWORD} characters.")
    if len(found) > LONGEST_PASSWORD:
        refuse(path, "password_too_long", f"A password has at most {LONGEST_PASSWORD} characters.")
    if _has_controls(found):
        refuse(path, "password_unprintable", "A password has no control characters.")
    return found


def plain_text(text: str, path: str, *, most: int, least: int = 0) -> str:
    """One line of text without blanks around it, in NFC, of `least` to `most` characters. Raises Invalid."""
    found = unicodedata.normalize("NFC", text).strip()
    if _has_controls(found):
        refuse(path, "unprintable", "Control characters are not accepted here.")
    if not least <= len(found) <= most:
        refuse(path, "wrong_length", f"Between {least} and {most} characters are expected.")
    return found


def locale(tag: object, path: str = "locale") -> str:
    """A language tag such as `zh-CN`. Raises Invalid (`invalid_locale`)."""
    if not isinstance(tag, str) or not _LOCALE.fullmatch(tag):
        refuse(path, "invalid_locale", "This is not a language tag.")
    return tag


def country(code: str, path: str = "country") -> str:
    """An ISO 3166-1 alpha-2 code. Raises Invalid (`unknown_country`)."""
    if code not in phonenumbers.SUPPORTED_REGIONS:
        refuse(path, "unknown_country", "This is not the code of a country.")
    return code


def _has_controls(text: str) -> bool:
    return any(unicodedata.category(character) in {"Cc", "Cs"} for character in text)


def network_of(address: str) -> str:
    """Whom a network address belongs to: an IPv6 subscriber owns a /64, so all of it counts as one."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), 64), strict=False))


class Limit(Struct, frozen=True, kw_only=True):
    """How many failures are free, how soon one is forgiven, and the longest pause."""

    free: int
    forgiven_after: timedelta
    longest: timedelta = timedelta(minutes=15)


PER_IDENTIFIER = Limit(free=5, forgiven_after=timedelta(hours=1))
PER_ADDRESS = Limit(free=20, forgiven_after=timedelta(minutes=1))


class Tally(Struct, frozen=True, kw_only=True):
    """Failures that are not forgiven yet, the moment from which the next one is, and the end of a pause."""

    failures: int
    since: datetime
    blocked_until: datetime | None = None


def pause(failures: int, limit: Limit) -> timedelta:
    """Nothing below the free number, then 1 s, 2 s, 4 s ... up to the longest."""
    if failures < limit.free:
        return timedelta()
    return min(limit.longest, timedelta(seconds=2 ** min(failures - limit.free, 20)))


def forgiven(tally: Tally, limit: Limit, now: datetime) -> Tally:
    """The tally after time has passed. Forgiving twice gives what forgiving once, later, gives."""
    count = max(0, (now - tally.since) // limit.forgiven_after)
    if count >= tally.failures:
        return replace(tally, failures=0, since=max(now, tally.since))
    return replace(tally, failures=tally.failures - count, since=tally.since + count * limit.forgiven_after)


def counted(tally: Tally, limit: Limit, now: datetime) -> Tally:
    """One failure more, and the pause that it brings."""
    before = forgiven(tally, limit, now)
    failures = before.failures + 1
    rest = pause(failures, limit)
    return replace(before, failures=failures, blocked_until=now + rest if rest else None)


def taken_back(tally: Tally, limit: Limit) -> Tally:
    """One failure less: what had been counted in advance was a success."""
    failures = max(0, tally.failures - 1)
    return replace(tally, failures=failures, blocked_until=tally.blocked_until if failures >= limit.free else None)


def seconds_blocked(tally: Tally, now: datetime) -> int:
    """Whole seconds, rounded up, until the next attempt is allowed; 0 when it is."""
    if tally.blocked_until is None or tally.blocked_until <= now:
        return 0
    return -((now - tally.blocked_until) // timedelta(seconds=1))
