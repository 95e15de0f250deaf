"""Names as they stand in addresses: what tells one brand, or one category below a parent, from another."""

from __future__ import annotations

import re
import unicodedata

from ..errors import Invalid

LONGEST = 80

_SEPARATORS = re.compile(r"[\W_]+")


def slug_of(name: str) -> str:
    """`Häagen-Dazs (Ice)` is `häagen-dazs-ice`; letters of every script stay. '' when nothing is left."""
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return _SEPARATORS.sub("-", text).strip("-")[:LONGEST].rstrip("-")


def require_slug(slug: str) -> None:
    """Raises Invalid (`invalid_slug`) unless the slug is what its own name would give."""
    if not slug or slug_of(slug) != slug:
        detail = "A slug has small letters, digits and single hyphens between them, 80 at most."
        error = {"path": "slug", "code": "invalid_slug", "detail": detail}
        raise Invalid(detail, code="invalid_slug", errors=[error])
