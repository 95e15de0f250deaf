"""Typed settings, read from the environment once, at start.

Every setting is a variable `GALLERIA_<NAME>`; docs/operations.md lists them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from .errors import StartupError

DEVELOPMENT_SECRET = "development-only-secret-change-me"  # noqa: S105  refused in production


class Settings(Struct, frozen=True, kw_only=True):
    """Settings of one process. Durations are seconds.

    `database_url` and `redis_url` empty: embedded servers below `data` are used.
    `hook_deadline`, `claim_deadline` and `fact_deadline` bound a plugin's answer; after `stall_limit` of a loop that
    stands still the worker ends, to be started again.
    `trusted_proxies`: addresses or networks, by commas, whose `X-Forwarded-For` is believed.
    """

    mode: Literal["development", "production"] = "development"
    secret: str = DEVELOPMENT_SECRET
    database_url: str = ""
    redis_url: str = ""
    data: str = ".data"
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    pool_size: int = 10
    public_url: str = ""
    trusted_proxies: str = ""
    log_format: Literal["console", "json"] = "console"
    log_level: str = "info"
    jobs: Literal["inside", "outside"] = "inside"
    access_token_ttl: int = 3600
    refresh_token_ttl: int = 30 * 86400
    payment_ttl: int = 1800
    receive_ttl: int = 15 * 86400
    hook_deadline: float = 2.0
    claim_deadline: float = 10.0
    fact_deadline: float = 30.0
    stall_limit: float = 10.0
    currency: str = "CNY"
    locale: str = "zh-CN"
    embedded_fsync: bool = True

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @property
    def data_path(self) -> Path:
        return Path(self.data).resolve()

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        return tuple(ip_network(part.strip()) for part in self.trusted_proxies.split(",") if part.strip())

    @property
    def base_url(self) -> str:
        """The address under which clients and payment providers reach the API."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read and check the settings. Raises StartupError with a sentence that names the variable."""
    source = os.environ if environ is None else environ
    raw = {name: source[key] for name in Settings.__struct_fields__ if (key := f"GALLERIA_{name.upper()}") in source}
    try:
        settings = msgspec.convert(raw, Settings, strict=False)
    except msgspec.ValidationError as error:
        raise StartupError(f"A setting is not acceptable: {error}. Settings are GALLERIA_* variables.") from error
    return _checked(settings)


def _checked(settings: Settings) -> Settings:
    if settings.production and (settings.secret == DEVELOPMENT_SECRET or len(settings.secret) < 32):
        raise StartupError(
            "GALLERIA_SECRET is the development default or shorter than 32 characters: "
            "set it to a random value before starting in production mode."
        )
    try:
        _ = settings.proxies
    except ValueError as error:
        raise StartupError(f"GALLERIA_TRUSTED_PROXIES: {error}. Name addresses or networks.") from error
    if settings.production and not settings.public_url:
        raise StartupError("Set GALLERIA_PUBLIC_URL: payment providers send notifications to it.")
    return settings
