"""What this domain does again and again."""

from __future__ import annotations

from ..storage.sweeps import Sweep
from . import import_run, imports

SWEEPS: tuple[Sweep, ...] = (
    Sweep("catalog_imports", 1, import_run.sweep),
    Sweep("catalog_reports", 3600, imports.purge),
)
