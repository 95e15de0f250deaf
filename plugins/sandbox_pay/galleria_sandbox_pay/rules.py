"""The sandbox's judgements: pure functions of values."""

from __future__ import annotations

import re
from datetime import datetime

from galleria.core.plugin_api import AttemptState

CODE = "sandbox_pay"
MERCHANT = "sandbox-mall"
APP = "sandbox-app"
"""The sandbox's own names of the mall's receiving account."""

TOLERANCE = 300
"""Seconds by which a notification's time stamp may differ from the receiver's clock, either way."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}")
_UNSAFE_IN_URL = re.compile(r"[\x00-\x20\x7f\\]")
_WITHOUT_DECIMALS = frozenset({"CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"})
_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


def is_token(text: str) -> bool:
    """Whether a text may be the name of a page: other texts need no look into the database."""
    return _TOKEN.fullmatch(text) is not None


def is_payable(state: AttemptState, expires_at: datetime, now: datetime) -> bool:
    return state is AttemptState.PENDING and now < expires_at


def shown_state(state: AttemptState, expires_at: datetime, now: datetime) -> str:
    """The state for people: what is pending but past its time is `expired`."""
    expired = state is AttemptState.PENDING and not is_payable(state, expires_at, now)
    return "expired" if expired else state.value


def is_below(base_url: str, url: str) -> bool:
    """Whether `url` is an address of the mall itself; the slash after the base ends the host's name."""
    return url.startswith(f"{base_url}/") and not _UNSAFE_IN_URL.search(url)


def safe_return_url(url: str, base_url: str) -> str:
    """`url` where it leads to a path on the same host or below the mall's own address, else ''."""
    if _UNSAFE_IN_URL.search(url):
        return ""
    relative = url.startswith("/") and not url.startswith("//")
    return url if relative or is_below(base_url, url) else ""


def is_fresh(timestamp: str, received_at: datetime) -> bool:
    """`timestamp` is whole seconds since 1970 in digits; anything else is not fresh."""
    if re.fullmatch(r"[0-9]{1,12}", timestamp) is None:
        return False
    return abs(received_at.timestamp() - int(timestamp)) <= TOLERANCE


def written(amount: int, currency: str) -> str:
    """Minor units as people read them: `1,999.00 CNY`."""
    decimals = 0 if currency in _WITHOUT_DECIMALS else 3 if currency in _THREE_DECIMALS else 2
    whole, rest = divmod(amount, 10**decimals)
    return f"{whole:,}.{rest:0{decimals}} {currency}" if decimals else f"{whole:,} {currency}"


def refunds_later(setting: str) -> bool:
    """Read GALLERIA_SANDBOX_PAY_REFUNDS: empty or `at_once`, or `later`. Raises ValueError for anything else."""
    if setting not in ("", "at_once", "later"):
        raise ValueError(f"GALLERIA_SANDBOX_PAY_REFUNDS is {setting!r}; use at_once or later")
    return setting == "later"
