"""The server's settings: a file of ours, written anew at each start and included from postgresql.conf."""

from __future__ import annotations

from pathlib import Path

INCLUDE = "include_if_exists = 'galleria.conf'\n"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

_UNSAFE = {"fsync": "off", "full_page_writes": "off"}
"""For data that may be lost with the machine's power: tests.

`synchronous_commit` stays on: it then costs one write to the system's cache, and what was
committed survives a kill of the server.
"""


def configuration(sockets: Path, *, fsync: bool) -> str:
    """The text of the settings for a server that listens in the folder `sockets` only."""
    settings = _SETTINGS | {"unix_socket_directories": f'"{sockets}"'} | ({} if fsync else _UNSAFE)
    return "".join(f"{name} = {_quoted(value)}\n" for name, value in settings.items())


def _quoted(value: str) -> str:
    doubled = value.replace("'", "''").replace("\\", "\\\\")
    return f"'{doubled}'"
