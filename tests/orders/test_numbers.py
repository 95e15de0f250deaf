from __future__ import annotations

from datetime import UTC, datetime

import pytest
from galleria.core.orders.numbers import ALPHABET, check_character, new_number, normalise
from hypothesis import assume, given
from hypothesis import strategies as st

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

bodies = st.text(ALPHABET, min_size=15, max_size=15)
places = st.integers(0, 15)


def written(body: str) -> str:
    plain = body + check_character(body)
    return f"{plain[:6]}-{plain[6:11]}-{plain[11:]}"


def test_a_number_begins_with_the_day():
    """Numbers are six digits of the day, then two groups of five characters; two of them differ."""
    number = new_number(NOW)
    assert number[:7] == "261124-"
    assert [len(group) for group in number.split("-")] == [6, 5, 5]
    assert normalise(number) == number
    assert new_number(NOW) != number


@given(bodies)
def test_a_number_is_understood_as_people_type_it(body: str):
    """Case, spaces and hyphens do not matter, and O, I and L are read as the digits that they look like."""
    number = written(body)
    typed = number.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert normalise(f"  {typed}\n") == number
    assert normalise(number.replace("1", "I").replace("-", "")) == number


@given(bodies, places, st.sampled_from(ALPHABET))
def test_any_single_wrong_character_is_noticed(body: str, place: int, character: str):
    """One character that is another one makes it no number, wherever it stands."""
    plain = written(body).replace("-", "")
    assume(plain[place] != character)
    assert normalise(plain[:place] + character + plain[place + 1 :]) is None


@given(bodies, st.integers(0, 14))
def test_swapped_neighbours_are_noticed(body: str, place: int):
    """Two neighbours in the wrong order make it no number, unless they are 0 and Z."""
    plain = written(body).replace("-", "")
    pair = plain[place : place + 2]
    assume(pair[0] != pair[1])
    swapped = plain[:place] + pair[::-1] + plain[place + 2 :]
    assert (normalise(swapped) is None) is (set(pair) != {"0", "Z"})


@pytest.mark.parametrize(
    "text", ["", "261124", "261124-7K2M9-QX4T", "261124-7K2M9-QX4TBB", "261124-7K2U9-QX4TB", "订单" * 8]
)
def test_what_cannot_be_a_number_is_none(text: str):
    """Too short, too long, or with a character that numbers do not have."""
    assert normalise(text) is None


@given(st.text(max_size=40))
def test_any_text_is_a_number_or_none(text: str):
    """Whatever is typed, the answer is a number in its written form or none."""
    found = normalise(text)
    assert found is None or (normalise(found) == found and len(found) == 18)
