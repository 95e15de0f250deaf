"""A stable hash over everything that a quote depends on."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from ..types import PriceRequest


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(key): item for key, item in value.items()}
    raise TypeError(f"{type(value).__name__} has no canonical encoding")


_encoder = msgspec.json.Encoder(order="deterministic", enc_hook=_plain)


def fingerprint(
    request: PriceRequest,
    *,
    versions: Mapping[str, str] | None = None,
    revisions: Mapping[str, int] | None = None,
    slice_seconds: int = 60,
    inputs: tuple[Any, ...] = (),
) -> str:
    """Return 64 hexadecimal digits that agree when, and only when, the inputs of a quote agree.

    `versions` are those of the plugins, `revisions` those of settings and policies; `inputs` is whatever
    else was answered on the way (offers, shipping, taxes). The time counts by slices of `slice_seconds`,
    so that a quote is not a new one with each second.
    """
    context = msgspec.structs.asdict(request)
    del context["now"]
    context["delivery"] = {str(store): method for store, method in request.delivery.items()}
    time_slice = int(request.now.timestamp()) // slice_seconds
    parts = (context, dict(versions or {}), dict(revisions or {}), slice_seconds, time_slice, inputs)
    return sha256(_encoder.encode(parts)).hexdigest()
