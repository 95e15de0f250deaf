from __future__ import annotations

import pytest
from galleria.examples.replay.weeks import WeeksError, parse_weeks


@pytest.mark.parametrize(
    ("text", "weeks"),
    [
        ("5", (5,)),
        ("3-5", (3, 4, 5)),
        ("3,9", (3, 9)),
        ("9, 3-5,4", (3, 4, 5, 9)),
        ("7-7", (7,)),
        ("1-53", tuple(range(1, 54))),
    ],
)
def test_week_range_and_list_are_understood(text: str, weeks: tuple[int, ...]) -> None:
    """A week, a range and a list are read; the weeks come ascending and each once."""
    assert parse_weeks(text) == weeks


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is not a week"),
        ("five", "'five' is not a week"),
        ("3,", "'' is not a week"),
        ("-3", "'-3' is not a week"),
        ("3-5-7", "'3-5-7' is not a week"),
        ("5.0", "is not a week"),
        ("٣", "is not a week"),
        ("0", "there is no week 0; the data has weeks 1 to 53"),
        ("50-54", "there is no week 54"),
        ("5-3", "runs backwards; write 3-5"),
    ],
)
def test_text_that_names_no_weeks_is_refused_with_the_mend(text: str, says: str) -> None:
    """Anything else is refused, with what was read and what is accepted."""
    with pytest.raises(WeeksError, match="WEEKS=") as refused:
        parse_weeks(text)
    assert says in str(refused.value)
