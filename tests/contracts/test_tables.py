from __future__ import annotations

from piccolo.conf.apps import Finder


def _tables(application):
    finder = Finder()
    return [table for config in finder.get_app_configs() for table in config.table_classes]


async def test_every_table_belongs_to_a_store_or_says_that_it_is_the_malls(application):
    """A table has a store_id column, or the tag `mall`."""
    homeless = [
        table._meta.tablename
        for table in _tables(application)
        if "mall" not in table._meta.tags and "store_id" not in {column._meta.name for column in table._meta.columns}
    ]
    assert not homeless, f"give these tables a store_id, or the tag 'mall': {homeless}"


async def test_money_is_whole_minor_units(application):
    """No column is a float of money or a Numeric; coordinates are the only floats."""
    fractional = [
        f"{table._meta.tablename}.{column._meta.name}"
        for table in _tables(application)
        for column in table._meta.columns
        if type(column).__name__ in {"Numeric", "Decimal", "Real", "Float", "DoublePrecision"}
        and column._meta.name not in {"latitude", "longitude"}
    ]
    assert not fractional


async def test_keys_are_made_by_the_application(application):
    """No table counts rows by a sequence: keys must be the same on every engine."""
    counted = [
        table._meta.tablename for table in _tables(application) if "Serial" in type(table._meta.primary_key).__name__
    ]
    assert not counted
