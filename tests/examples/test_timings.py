from __future__ import annotations

import pytest
from galleria.examples.replay.timings import Summary, Timings, quantile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([7.0], 0.5, 7.0), ([1.0, 2.0], 0.5, 1.0), ([1.0, 2.0, 3.0], 0.5, 2.0), ([1.0, 2.0], 0.99, 2.0), ([4.0], 0, 4.0)],
)
def test_quantile_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    """It is the smallest that at least that share of the values do not exceed, and never lies between two."""
    assert quantile(values, share) == expected


def test_ninety_ninth_of_a_hundred_leaves_one_above() -> None:
    """Of a hundred different values exactly one exceeds the 99 % quantile."""
    assert quantile([float(value) for value in range(1, 101)], 0.99) == 99.0


def test_calls_are_summed_up_by_kind() -> None:
    """Kinds come in the order in which they were first made, in milliseconds, whatever order they took."""
    timings = Timings()
    for kind, seconds in (("pay", 0.5), ("add", 0.25), ("pay", 0.125)):
        timings.note(kind, seconds)
    assert timings.summaries() == [
        Summary(kind="pay", count=2, p50=125.0, p99=500.0),
        Summary(kind="add", count=1, p50=250.0, p99=250.0),
    ]


def test_stage_that_fails_is_measured_too() -> None:
    """What ends a stage does not end its measurement, and is passed on."""
    timings = Timings()
    with pytest.raises(RuntimeError), timings.stage("imports"):
        raise RuntimeError
    assert timings.stages["imports"] >= 0
