"""Which language an answer is in, and the text of that language."""

from __future__ import annotations

from collections.abc import Mapping

from litestar import Request

SHIPPED = ("zh-CN", "en")


def negotiate(header: str, default: str = SHIPPED[0]) -> str:
    """The shipped language that `Accept-Language` (RFC 9110, 12.5.4) likes best, or `default`."""
    wanted = sorted((_weighted(part) for part in header.split(",") if part.strip()), key=lambda pair: -pair[0])
    for weight, tag in wanted:
        found = _shipped(tag) if weight > 0 else None
        if found is not None:
            return found
    return default


def text_of(texts: Mapping[str, str], locale: str) -> str:
    """The text in `locale`, else in any tag of the same language, else any text, else ''."""
    if locale in texts:
        return texts[locale]
    language = locale.split("-")[0]
    close = (text for tag, text in texts.items() if tag.split("-")[0] == language)
    return next(close, next(iter(texts.values()), ""))


def locale_of(request: Request) -> str:  # type: ignore[type-arg]  # any user and state
    return negotiate(request.headers.get("accept-language", ""))


def _weighted(part: str) -> tuple[float, str]:
    tag, _, parameters = part.strip().partition(";")
    try:
        weight = float(parameters.partition("q=")[2] or 1)
    except ValueError:
        weight = 0.0
    return weight, tag.strip()


def _shipped(tag: str) -> str | None:
    language = tag.lower().split("-")[0]
    return next((known for known in SHIPPED if known.lower().split("-")[0] == language), None)
