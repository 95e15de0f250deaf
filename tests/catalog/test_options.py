from __future__ import annotations

import pytest
from galleria.core.catalog.options import Axis, axes_faults, combination_faults, extended

SIZES = [Axis("size", ["S", "L"])]


def test_good_axes_have_no_fault():
    """Names and values that can be written as options are fine."""
    assert axes_faults([Axis("尺码", ["大", "小"]), Axis("colour", ["deep red", "a=b"])]) == []


@pytest.mark.parametrize("name", ["", " size", "a;b", "a=b", "x" * 41, "a\n"])
def test_a_name_that_cannot_be_written_is_a_fault(name):
    """Empty names, edges of space, separators, line ends and giants are refused."""
    assert [fault["path"] for fault in axes_faults([Axis(name, ["S"])])] == ["options.0"]


def test_combinations_are_told_apart_without_their_order():
    """The same options in another order are the same combination."""
    axes = [Axis("a", ["1"]), Axis("b", ["2"])]
    faults = combination_faults(axes, [("x", {"a": "1", "b": "2"}), ("y", {"b": "2", "a": "1"})])
    assert [(fault["path"], fault["code"]) for fault in faults] == [("y", "options_taken")]


@pytest.mark.parametrize(("options", "code"), [({}, "options_mismatch"), ({"size": "XL"}, "option_unknown")])
def test_options_fit_the_axes(options, code):
    """Each axis has one value, a known one."""
    assert [fault["code"] for fault in combination_faults(SIZES, [("x", options)])] == [code]


def test_new_values_follow_known_ones():
    """Known values keep their order, new ones come after, in the order of the SKUs."""
    found = extended(SIZES, [{"size": "M"}, {"size": "L"}, {"size": "XS"}])
    assert found == [Axis("size", ["S", "L", "M", "XS"])]


def test_other_axes_take_the_first_skus_order():
    """Where the SKUs have other names, these are the axes, and values of a shared name are kept."""
    found = extended(SIZES, [{"colour": "red", "size": "S"}])
    assert found == [Axis("colour", ["red"]), Axis("size", ["S", "L"])]
    assert extended(SIZES, []) == SIZES
