from __future__ import annotations

import csv
import io

import pytest
from galleria.core.catalog import csv_format as form
from galleria.core.catalog.csv_rows import CatalogRow, Fault, read
from galleria.core.catalog.slugs import slug_of
from hypothesis import given
from hypothesis import strategies as st

from .sheets import sheet

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)


def rows(content):
    return list(read(io.BytesIO(content), "CNY"))


@given(TEXT)
def test_a_guard_comes_off_as_it_went_on(text):
    """Whatever a cell's text, guarding and reading give it back, and no guarded cell begins as a formula does."""
    assert form.unguarded(form.guarded(text)) == text
    assert not form.guarded(text).startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("cell", ["'tis", "'", "plain", "it's = so"])
def test_an_apostrophe_that_guards_nothing_stays(cell):
    """Cells that people write with an apostrophe are not touched."""
    assert form.unguarded(cell) == cell


NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters=";=\0", exclude_categories=["C", "Z"]), min_size=1, max_size=9
)


@given(st.dictionaries(NAMES, NAMES, min_size=1, max_size=5))
def test_options_survive_being_written(options):
    """Options come back with their order."""
    assert list(form.read_options(form.write_options(options)).items()) == list(options.items())


@given(TEXT)
def test_a_name_is_written_so_that_its_slug_is_found(name):
    """The name or the slug is written, and either gives the slug."""
    slug = slug_of(name)
    if slug:
        written = form.write_name(name, slug)
        assert slug_of(form.read_path(written)[0]) == slug
        assert form.write_name(name, "another") == "another"


@given(st.lists(TEXT, min_size=2, max_size=2), TEXT.filter(str.strip))
def test_texts_survive_a_file(descriptions, name):
    """Names and descriptions with quotes, commas and line ends of all kinds come back as they were."""
    text = sheet({
        "name_zh": form.guarded(name),
        "description_zh": form.guarded(descriptions[0]),
        "description_en": form.guarded(descriptions[1]),
    })  # fmt: skip
    [row] = rows(text.encode())
    assert isinstance(row, CatalogRow)
    assert row.name_zh == name
    assert [row.description_zh or "", row.description_en or ""] == [one if one.strip() else "" for one in descriptions]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reader(content):
    """Whatever a file is, it gives rows or faults with a code, and never raises."""
    header = sheet().encode()
    for found in [*rows(content), *rows(header + content)]:
        assert isinstance(found, CatalogRow) or (isinstance(found, Fault) and found.code)


@given(st.lists(st.lists(st.text(max_size=5), min_size=16, max_size=16), max_size=5))
def test_every_row_gives_one_result(cells):
    """As many results as rows that are not blank, each with its number."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([form.COLUMNS, *cells])
    found = rows(text.getvalue().encode("utf-8", "replace"))
    assert [one.row for one in found] == list(range(2, len(cells) + 2))


def test_the_columns_are_those_of_the_replay():
    """The data set's exporter and the import agree on columns."""
    from galleria.examples.replay.catalog_csv import COLUMNS

    assert form.COLUMNS == COLUMNS
