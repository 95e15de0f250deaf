"""A plugin that blocks the loop, written to a folder as if its distribution had been installed."""

from __future__ import annotations

ROUTES = """
import os
import re
import time

from galleria.core.plugin_api import PUBLIC
from litestar import get


@get("/who", access=PUBLIC)
async def who() -> int:
    return os.getpid()


@get("/block", access=PUBLIC)
async def block() -> int:
    return sleep()


def sleep():
    time.sleep(600)


@get("/match", access=PUBLIC)
async def match() -> int:
    return 1 if re.match("(x+x+)+y", "x" * 60) else 0


@get("/leave", access=PUBLIC)
async def leave() -> int:
    os._exit(3)
"""
PLUGIN = """
from galleria.core.plugin_api import PluginInfo, Routes, hookimpl

from . import routes

PLUGIN = PluginInfo(
    label={"zh-CN": "阻塞", "en": "Blocker"}, requires={"startup": 1}, scopes=frozenset({"mall"}),
    on_in_development=True,
)


@hookimpl
def register_routes(ctx):
    return Routes(mall=[routes.who, routes.block, routes.match, routes.leave])
"""
NAME = "blocker"


def install(folder):
    """Make it importable, and found, from this folder."""
    package, info = folder / f"galleria_{NAME}", folder / f"galleria_{NAME}-1.0.dist-info"
    for path, text in {
        package / "__init__.py": "",
        package / "routes.py": ROUTES,
        package / "plugin.py": PLUGIN,
        info / "METADATA": f"Metadata-Version: 2.1\nName: galleria-{NAME}\nVersion: 1.0\n",
        info / "entry_points.txt": f"[galleria.plugins]\n{NAME} = galleria_{NAME}.plugin\n",
    }.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder
