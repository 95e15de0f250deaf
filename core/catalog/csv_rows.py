"""A file of CSV as rows to be imported, or as what is wrong with them. Pure; reads as it goes."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from msgspec import Struct

from .. import money
from . import csv_format as form

T = TypeVar("T")

LONGEST_CODE = 80
LONGEST_BARCODE = 40
LONGEST_TEXT = 20_000
LARGEST_COUNT = 2**31 - 1
STATES = ("draft", "on_sale", "off_sale")


class Fault(Struct, frozen=True):
    """Why a row is not imported. Row 1 is the header, as in a spreadsheet; row 0 the file as a whole."""

    row: int
    field: str
    code: str
    detail: str


class CatalogRow(NamedTuple):
    """A row whose cells can be used; None where a cell is empty. Amounts are minor units."""

    row: int
    product_code: str
    name_zh: str | None
    name_en: str | None
    brand: str | None
    category: str | None
    sku_code: str
    barcode: str | None
    options: dict[str, str] | None
    price: int | None
    minimum_price: int | None
    cost: int | None
    weight_grams: int | None
    stock: int | None
    status: str | None
    description_zh: str | None
    description_en: str | None


class _CellError(Exception):
    def __init__(self, field: str, code: str, detail: str) -> None:
        super().__init__(detail)
        self.field, self.code, self.detail = field, code, detail


def read(lines: Iterable[bytes], currency: str) -> Iterator[CatalogRow | Fault]:
    """Rows and faults in the file's order, one for each row; blank rows are passed over.

    `lines` are the file's lines with their ends. A header that is not right is the only fault then.
    """
    reader = csv.reader(map(_Decoder(), lines), strict=True)
    records = _records(reader)
    number, header = next(records, (1, []))
    if isinstance(header, Fault):
        yield header
        return
    fault = _header_fault(header)
    if fault is not None:
        yield fault
        return
    places = [header.index(column) for column in form.COLUMNS]
    for number, record in records:
        yield record if isinstance(record, Fault) else _row(number, record, places, currency)


class _Decoder:
    """Decodes lines one by one, so that what is not UTF-8 spoils its own row alone."""

    def __init__(self) -> None:
        self._first = True

    def __call__(self, line: bytes) -> str:
        encoding = "utf-8-sig" if self._first else "utf-8"
        self._first = False
        return line.decode(encoding)


def _records(reader: Iterator[list[str]]) -> Iterator[tuple[int, list[str] | Fault]]:
    number = 0
    while True:
        number += 1
        try:
            record = next(reader)
        except StopIteration:
            return
        except UnicodeDecodeError:
            yield number, Fault(number, "", "not_utf8", "The row is not UTF-8.")
        except csv.Error as error:
            yield number, _unreadable(number, str(error))
        else:
            if record:
                yield number, record


def _unreadable(number: int, reason: str) -> Fault:
    code = "field_too_large" if "field limit" in reason else "broken_quoting"
    return Fault(number, "", code, f"The row cannot be read: {reason}.")


def _header_fault(header: Sequence[str]) -> Fault | None:
    for code, columns in (
        ("missing_columns", [name for name in form.COLUMNS if name not in header]),
        ("unknown_columns", [name for name in header if name not in form.COLUMNS]),
        ("duplicate_columns", sorted({name for name in header if header.count(name) > 1})),
    ):
        if columns:
            shown = [name[:40].replace("\0", "") for name in columns[:20]]
            return Fault(1, shown[0], code, ", ".join(shown))
    return None


def _row(number: int, record: Sequence[str], places: Sequence[int], currency: str) -> CatalogRow | Fault:
    if len(record) != len(places):
        return Fault(number, "", "wrong_cell_count", f"{len(places)} cells are expected, {len(record)} are there.")
    try:
        cells = dict(zip(form.COLUMNS, (form.unguarded(record[place]) for place in places), strict=True))
        _require_no_nul(cells)
        return _parsed(number, cells, currency)
    except _CellError as error:
        return Fault(number, error.field, error.code, error.detail)


def _parsed(number: int, cells: dict[str, str], currency: str) -> CatalogRow:
    def read_amount(text: str) -> int:
        return money.parse_major(text, currency)

    return CatalogRow(
        row=number,
        product_code=_code(cells, "product_code"),
        name_zh=_text(cells, "name_zh"),
        name_en=_text(cells, "name_en"),
        brand=_cell(cells, "brand", "invalid_brand", _brand),
        category=_cell(cells, "category", "invalid_category", _path),
        sku_code=_code(cells, "sku_code"),
        barcode=_short(cells, "barcode", LONGEST_BARCODE) or None,
        options=_cell(cells, "options", "invalid_options", form.read_options),
        price=_cell(cells, "price", "invalid_amount", read_amount),
        minimum_price=_cell(cells, "minimum_price", "invalid_amount", read_amount),
        cost=_cell(cells, "cost", "invalid_amount", read_amount),
        weight_grams=_cell(cells, "weight_grams", "invalid_number", _count),
        stock=_cell(cells, "stock", "invalid_number", _count),
        status=_cell(cells, "status", "invalid_status", _status),
        description_zh=_text(cells, "description_zh"),
        description_en=_text(cells, "description_en"),
    )


def _require_no_nul(cells: dict[str, str]) -> None:
    for field, text in cells.items():
        if "\0" in text:
            raise _CellError(field, "nul_character", "The cell has a NUL character.")


def _code(cells: dict[str, str], field: str) -> str:
    code = _short(cells, field, LONGEST_CODE)
    if not code:
        raise _CellError(field, "required", "The cell is empty.")
    return code


def _short(cells: dict[str, str], field: str, longest: int) -> str:
    text = cells[field].strip()
    if len(text) > longest:
        raise _CellError(field, "too_long", f"At most {longest} characters.")
    return text


def _text(cells: dict[str, str], field: str) -> str | None:
    text = cells[field]
    if len(text) > LONGEST_TEXT:
        raise _CellError(field, "too_long", f"At most {LONGEST_TEXT} characters.")
    return text if text.strip() else None


def _cell(cells: dict[str, str], field: str, code: str, parse: Callable[[str], T]) -> T | None:
    text = cells[field].strip()
    if not text:
        return None
    try:
        return parse(text)
    except ValueError as error:
        raise _CellError(field, code, str(error)) from error


def _brand(text: str) -> str:
    if not form.is_nameable(text):
        raise ValueError(f"A brand has letters or digits, and {form.LONGEST_NAME} characters at most.")
    return text


def _path(text: str) -> str:
    return form.write_path(form.read_path(text))


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > LARGEST_COUNT:
        raise ValueError(f"Write a whole number from 0 to {LARGEST_COUNT}.")
    return int(text)


def _status(text: str) -> str:
    if text not in STATES:
        raise ValueError(f"One of {', '.join(STATES)}.")
    return text
