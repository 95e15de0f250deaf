"""The page on which a buyer pays: HTML for people, in Simplified Chinese or English."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from galleria.core.plugin_api import AttemptState, RefundState
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from . import rules
from .queries import RefundRow, TransactionRow
from .texts import TEXTS

_FOLDER = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(_FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    made.filters["written"] = rules.written
    return made


@cache
def _style() -> str:
    return (_FOLDER / "pay.css").read_text()


def render(
    transaction: TransactionRow,
    refunds: Sequence[RefundRow],
    *,
    path: str,
    plugin_path: str,
    locale: str,
    now: datetime,
) -> str:
    """`path` is the page's own, `plugin_path` the plugin's prefix, on this host."""
    state = AttemptState(transaction.state)
    return (
        _environment()
        .get_template("pay.html")
        .render(
            t=TEXTS.get(locale, TEXTS["en"]),
            locale=locale,
            style=_style(),
            payment=transaction,
            refunds=refunds,
            path=path,
            plugin_path=plugin_path,
            state=rules.shown_state(state, transaction.expires_at, now),
            payable=rules.is_payable(state, transaction.expires_at, now),
            pending=RefundState.PENDING.value,
        )
    )


def headers(base_url: str) -> dict[str, str]:
    """No script, no frame, nothing from elsewhere; the address is a secret and is not passed on."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    mall = urlsplit(base_url)
    policy = (
        f"default-src 'none'; style-src 'sha256-{digest}'; form-action 'self' {mall.scheme}://{mall.netloc}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
        "Vary": "Accept-Language",
    }
