from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "pricing.md"


def test_the_code_on_the_pricing_page_runs():
    """The code blocks of docs/pricing.md run one after the other, and what they assert holds."""
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len(blocks) >= 5
    exec(compile("\n".join(blocks), str(PAGE), "exec"), {})  # noqa: S102 - the page is our own


def test_the_page_names_every_outcome():
    """A word that the trace may use for an offer is explained on the page."""
    code = "".join(path.read_text(encoding="utf-8") for path in (PAGE.parents[1] / "core" / "pricing").glob("*.py"))
    words = set(re.findall(r'(?:Rejection\(|note\(\w+, \w+(?:\.\w+)?, )"(\w+)"', code))
    assert words >= {"invalid", "duplicate", "threshold"}
    page = PAGE.read_text(encoding="utf-8")
    assert not [word for word in words if f"`{word}`" not in page]
