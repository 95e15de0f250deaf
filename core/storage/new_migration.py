"""Write the next migration of an app from the difference between its tables and its earlier migrations."""

from __future__ import annotations

import re
from pathlib import Path

from piccolo.apps.migrations.commands.new import new
from piccolo.conf.apps import Finder

_ID = re.compile(r'^ID = ".*"$', re.MULTILINE)


async def write_migration(app_name: str, description: str = "") -> Path | None:
    """Return the new file, named and numbered after its app; None when nothing has changed.

    Piccolo imports migrations by bare file name and does not scope ids by app, hence `<app>_<number>`.
    """
    before = _files(app_name)
    await new(app_name=app_name, auto=True, desc=description)
    made = _files(app_name) - before
    return _renamed(made.pop(), app_name, len(before) + 1) if made else None


def _files(app_name: str) -> set[Path]:
    folder = Path(Finder().get_app_config(app_name).resolved_migrations_folder_path)
    return set(folder.glob(f"{app_name}_*.py"))


def _renamed(path: Path, app_name: str, number: int) -> Path:
    identity = f"{app_name}_{number:04}"
    text = _ID.sub(f'ID = "{identity}"', path.read_text())
    target = path.with_name(f"{identity}.py")
    target.write_text(text)
    path.unlink()
    return target
