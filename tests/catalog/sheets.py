"""CSV files for tests of the import."""

from __future__ import annotations

import csv
import io

from galleria.core.catalog.csv_format import COLUMNS

ROW = {
    "product_code": "p1",
    "name_en": "Thermos",
    "sku_code": "p1-1",
    "price": "19.99",
    "stock": "5",
    "status": "on_sale",
}


def sheet(*rows, columns=COLUMNS):
    """The text of a file; each row is `ROW` with the given cells changed, or a list of cells as they are."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(row if isinstance(row, list) else [(ROW | row).get(column, "") for column in columns])
    return text.getvalue()
