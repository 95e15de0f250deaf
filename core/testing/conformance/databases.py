"""A database of its own for migrations, and what is in it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

from piccolo.conf.apps import AppRegistry

from ...storage import db, piccolo_conf

_COLUMNS = """
SELECT format('column %I.%I %s%s %s', relation.relname, a.attname, format_type(a.atttypid, a.atttypmod),
              CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, pg_get_expr(d.adbin, d.adrelid))
FROM pg_attribute a JOIN pg_class relation ON relation.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE relation.relkind IN ('r', 'v', 'm', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {own}
"""
_RELATIONS = "SELECT format('%s %I', relation.relkind, relation.relname) FROM pg_class relation WHERE {own}"
_INDEXES = """
SELECT pg_get_indexdef(relation.oid) FROM pg_class relation WHERE relation.relkind = 'i' AND {own}
"""
_CONSTRAINTS = """
SELECT format('constraint %I.%I %s', relation.relname, c.conname, pg_get_constraintdef(c.oid))
FROM pg_constraint c JOIN pg_class relation ON relation.oid = c.conrelid WHERE {own}
"""
_FUNCTIONS = """
SELECT format('function %s', p.oid::regprocedure) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace
  AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
"""
_TYPES = """
SELECT format('type %I', t.typname) FROM pg_type t
WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd')
"""
_TRIGGERS = """
SELECT format('%I.%I %s', relation.relname, t.tgname, pg_get_triggerdef(t.oid))
FROM pg_trigger t JOIN pg_class relation ON relation.oid = t.tgrelid WHERE NOT t.tgisinternal AND {own}
"""
_ID = re.compile(r"'[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'")
_OWN = "relation.relnamespace = 'public'::regnamespace AND relation.relname NOT LIKE 'migration%'"


@asynccontextmanager
async def empty_database(*apps: str) -> AsyncIterator[None]:
    """Work on a database without a table, in which only these Piccolo apps are known. It is gone afterwards."""
    engine, registry = db.engine(), piccolo_conf.APP_REGISTRY
    config, pools = engine.config, engine.pools
    name = f"conformance_{uuid4().hex[:12]}"
    await db.execute(f"CREATE DATABASE {name}")
    engine.pools = {}
    engine.bind(_renamed(str(config["dsn"]), name))
    piccolo_conf.APP_REGISTRY = AppRegistry(apps=list(apps))
    try:
        await engine.start(2)
        yield
    finally:
        await engine.stop()
        engine.config, engine.pools, piccolo_conf.APP_REGISTRY = config, pools, registry
        await db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _renamed(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


async def schema() -> list[str]:
    """What the database has, a line each: tables, columns, indexes, constraints, triggers, functions, types.

    Piccolo makes a default that is a function into the value that it has just then: such ids are left out.
    """
    parts = (_RELATIONS, _COLUMNS, _INDEXES, _CONSTRAINTS, _TRIGGERS, _FUNCTIONS, _TYPES)
    return sorted([_ID.sub("'an id'", row[0]) for part in parts for row in await db.fetch(part.format(own=_OWN))])
