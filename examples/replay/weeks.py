"""Which weeks of the data set are meant: `5`, `3-5`, `3,9`, or any of these joined by commas."""

from __future__ import annotations

import re

LAST_WEEK = 53
_PART = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


class WeeksError(ValueError):
    """The text names no weeks; the message says what was read and what is accepted."""


def parse_weeks(text: str) -> tuple[int, ...]:
    """Return the weeks that `text` names, ascending and each once. Raises WeeksError."""
    return tuple(sorted({week for part in text.split(",") for week in _part(part.strip(), text)}))


def _part(part: str, text: str) -> range:
    match = _PART.fullmatch(part)
    if match is None:
        raise WeeksError(f"WEEKS={text!r}: {part!r} is not a week. Write a week 5, a range 3-5, or a list 3,9")
    first = int(match[1])
    last = int(match[2] or first)
    for week in (first, last):
        if not 1 <= week <= LAST_WEEK:
            raise WeeksError(f"WEEKS={text!r}: there is no week {week}; the data has weeks 1 to {LAST_WEEK}")
    if last < first:
        raise WeeksError(f"WEEKS={text!r}: the range {part} runs backwards; write {last}-{first}")
    return range(first, last + 1)
