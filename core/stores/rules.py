"""What a store's texts, addresses and numbers may be. Pure."""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache
from typing import NoReturn
from urllib.parse import urlsplit
from uuid import UUID

from ..errors import Invalid
from ..http.locale import SHIPPED

LONGEST_NAME = 120
LONGEST_DESCRIPTION = 2000
LONGEST_STORY = 20_000
LONGEST_URL = 2000
MOST_LANGUAGES = 20
MILLION = 1_000_000

_SLUG = re.compile(r"(?=.{2,60}\Z)[a-z0-9]+(-[a-z0-9]+)*")
_CURRENCY = re.compile(r"[A-Z]{3}")
_URL = re.compile(r"[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+")


def refuse(path: str, code: str, detail: str) -> NoReturn:
    """Raises Invalid about one field."""
    raise Invalid(detail, code=code, errors=[{"path": path, "code": code, "detail": detail}])


def slug(text: str) -> str:
    """Raises Invalid (`invalid_slug`): also for what could be taken for an id, since paths name stores by both."""
    if not _SLUG.fullmatch(text) or _is_id(text):
        refuse("slug", "invalid_slug", "Use 2 to 60 small letters, digits and single hyphens between them.")
    return text


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def currency(code: str) -> str:
    """Raises Invalid (`invalid_currency`) unless it has the form of an ISO 4217 code."""
    if not _CURRENCY.fullmatch(code):
        refuse("currency", "invalid_currency", "Name the currency by its ISO 4217 code, such as CNY.")
    return code


def name(texts: Mapping[str, str]) -> dict[str, str]:
    """The name without blanks around. Raises Invalid (`invalid_name`) when it is empty or too long in a language."""
    found = {language: text.strip() for language, text in languages(texts, "name").items()}
    if not found or not all(0 < len(text) <= LONGEST_NAME for text in found.values()):
        refuse("name", "invalid_name", f"Give a name of 1 to {LONGEST_NAME} characters in each language.")
    return found


def languages(texts: Mapping[str, str], path: str, longest: int = LONGEST_STORY) -> dict[str, str]:
    """Raises Invalid (`too_many_languages`, `text_too_long`) beyond MOST_LANGUAGES or `longest` characters."""
    if len(texts) > MOST_LANGUAGES:
        refuse(path, "too_many_languages", f"A text comes in {MOST_LANGUAGES} languages at most.")
    if any(len(text) > longest for text in texts.values()):
        refuse(path, "text_too_long", f"A text has {longest} characters at most.")
    return dict(texts)


def https_url(text: str, path: str) -> str:
    """The URL, or '' for none. Raises Invalid (`invalid_url`) unless it is an absolute https URL without a password."""
    if text and not _is_https(text):
        refuse(path, "invalid_url", "Give an https:// address of a public host.")
    return text


def _is_https(text: str) -> bool:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = len(text) <= LONGEST_URL and _URL.fullmatch(text) is not None
    return plain and parts.scheme == "https" and bool(host) and "@" not in parts.netloc


def locale(tag: str) -> str:
    """Raises Invalid (`invalid_locale`) for a language that does not ship."""
    if tag not in SHIPPED:
        refuse("locale", "invalid_locale", f"Choose one of {', '.join(SHIPPED)}.")
    return tag


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - {"localtime", "Factory"})


def time_zone(key: str) -> str:
    """Raises Invalid (`invalid_time_zone`) unless the IANA database knows the key."""
    if key not in _time_zones():
        refuse("time_zone", "invalid_time_zone", "Name the time zone as IANA does, such as Asia/Shanghai.")
    return key


def shipping_fee(amount: int) -> int:
    """Minor units. Raises Invalid (`invalid_amount`) below zero."""
    if amount < 0:
        refuse("shipping_fee", "invalid_amount", "A fee is not negative.")
    return amount


def tax_rate(ppm: int) -> int:
    """Parts per million. Raises Invalid (`invalid_tax_rate`) outside 0 to a million."""
    if not 0 <= ppm <= MILLION:
        refuse("tax_rate_ppm", "invalid_tax_rate", "A rate lies between 0 and 1000000 parts per million.")
    return ppm


def coordinates(latitude: float | None, longitude: float | None) -> None:
    """Degrees, WGS 84. Raises Invalid (`invalid_coordinates`) for half a pair, or what is not on the globe."""
    if latitude is None and longitude is None:
        return
    if latitude is None or longitude is None or not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        refuse("latitude", "invalid_coordinates", "Give latitude (-90 to 90) and longitude (-180 to 180) together.")
