"""What makes the SKUs of a product differ: axes with values, and one combination a SKU. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

MOST_AXES = 5
MOST_VALUES = 200
LONGEST_NAME = 40
LONGEST_VALUE = 80

Options = Mapping[str, str]
FieldError = dict[str, str]


class Axis(Struct, frozen=True, forbid_unknown_fields=True):
    """A way in which SKUs differ, such as `size`, and its values in the order in which they are shown."""

    name: str
    values: list[str]


def axes_faults(axes: Sequence[Axis]) -> list[FieldError]:
    """What is wrong with the axes themselves, as field errors below `options`."""
    faults = []
    if len(axes) > MOST_AXES or len({axis.name for axis in axes}) < len(axes):
        faults.append(_fault("options", "invalid_options", f"At most {MOST_AXES} axes, each with a name of its own."))
    for position, axis in enumerate(axes):
        if not is_name(axis.name) or not _are_values(axis.values):
            faults.append(_fault(f"options.{position}", "invalid_options", "The axis has unusable names or values."))
    return faults


def combination_faults(axes: Sequence[Axis], variants: Iterable[tuple[str, Options]]) -> list[FieldError]:
    """What is wrong with the options of SKUs, given as (path, options): each has every axis, none is there twice."""
    faults, seen = [], set()
    for path, options in variants:
        key = combination(options)
        code = _misfit(axes, options) or ("options_taken" if key in seen else "")
        seen.add(key)
        if code:
            faults.append(_fault(path, code, _DETAILS[code]))
    return faults


def combination(options: Options) -> tuple[tuple[str, str], ...]:
    """The options without their order."""
    return tuple(sorted(options.items()))


def extended(axes: Sequence[Axis], variants: Sequence[Options]) -> list[Axis]:
    """The axes with every value that the variants have: known ones keep their order, new ones follow.

    The variants have the same names. Where these are not the names of `axes`, the first variant's order counts.
    """
    names = list(variants[0]) if variants else [axis.name for axis in axes]
    known = {axis.name: axis.values for axis in axes}
    order = [axis.name for axis in axes] if set(known) == set(names) else names
    return [Axis(name, _distinct([*known.get(name, ()), *(options[name] for options in variants)])) for name in order]


def is_name(text: str) -> bool:
    """Names have no `;` and no `=`, so that options can be written as `size=L;colour=red`."""
    return _is_plain(text, LONGEST_NAME) and "=" not in text


def is_value(text: str) -> bool:
    return _is_plain(text, LONGEST_VALUE)


def _is_plain(text: str, longest: int) -> bool:
    return 0 < len(text) <= longest and text == text.strip() and text.isprintable() and ";" not in text


def _are_values(values: Sequence[str]) -> bool:
    return 0 < len(values) <= MOST_VALUES and len(set(values)) == len(values) and all(map(is_value, values))


def _misfit(axes: Sequence[Axis], options: Options) -> str:
    if set(options) != {axis.name for axis in axes}:
        return "options_mismatch"
    return "" if all(options[axis.name] in axis.values for axis in axes) else "option_unknown"


def _distinct(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))


def _fault(path: str, code: str, detail: str) -> FieldError:
    return {"path": path, "code": code, "detail": detail}


_DETAILS = {
    "options_mismatch": "A SKU has one value for each axis of its product, and no other.",
    "option_unknown": "The product's axis has no such value.",
    "options_taken": "Another SKU of the product has the same options.",
}
