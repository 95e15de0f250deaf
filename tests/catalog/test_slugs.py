from __future__ import annotations

import pytest
from galleria.core.catalog.slugs import slug_of
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Häagen-Dazs (Ice)", "häagen-dazs-ice"),
        ("山泉 水", "山泉-水"),
        ("  A & B__c ", "a-b-c"),
        ("!?", ""),
        ("ＡＢ", "ab"),
    ],
)
def test_a_slug_keeps_letters_and_digits(name, slug):
    """Everything that is no letter or digit becomes one hyphen."""
    assert slug_of(name) == slug


@given(st.text(max_size=200))
def test_a_slug_is_its_own_slug(name):
    """Making a slug of a slug changes nothing, whatever the name."""
    assert slug_of(slug_of(name)) == slug_of(name)
