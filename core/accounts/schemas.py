"""Shapes of requests and answers about people."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from ..http.schemas import Body
from .rules import LONGEST_PASSWORD, SHORTEST_PASSWORD

Identifier = Annotated[str, Meta(max_length=254)]
Password = Annotated[str, Meta(max_length=LONGEST_PASSWORD)]
NewPassword = Annotated[str, Meta(min_length=SHORTEST_PASSWORD, max_length=LONGEST_PASSWORD)]
Text = Annotated[str, Meta(max_length=200)]
Locale = Annotated[Any, Meta(description="A language tag such as `zh-CN`.", extra_json_schema={"type": "string"})]
"""Checked by `rules.locale` alone: `locale` is the name of a dependency too, and the framework takes a type
error at a body's field of that name for a failure of the dependency, which would be answered by 500."""


class Registration(Body):
    """A new person: an e-mail address, a phone number, or both. A number without a country code is Chinese."""

    password: NewPassword
    email: Identifier | None = None
    phone: Identifier | None = None
    name: Text = ""
    locale: Locale = None


class SignIn(Body):
    """`identifier` is an e-mail address or a phone number."""

    identifier: Identifier
    password: Password


class Refresh(Body):
    refresh_token: Annotated[str, Meta(max_length=200)]


class PasswordChange(Body):
    current_password: Password
    new_password: NewPassword


class ProfileChange(Body):
    """What is left out stays."""

    name: Text | UnsetType = UNSET
    locale: Locale = UNSET


class AddressBody(Body):
    """A new address. `phone` without a country code is one of `country`."""

    recipient: Text
    phone: Text
    street: Text
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] = "CN"
    province: Text = ""
    city: Text = ""
    district: Text = ""
    postal_code: Text = ""
    is_default: bool = False


class AddressChange(Body):
    """What is left out stays."""

    recipient: Text | UnsetType = UNSET
    phone: Text | UnsetType = UNSET
    street: Text | UnsetType = UNSET
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$")] | UnsetType = UNSET
    province: Text | UnsetType = UNSET
    city: Text | UnsetType = UNSET
    district: Text | UnsetType = UNSET
    postal_code: Text | UnsetType = UNSET
    is_default: bool | UnsetType = UNSET


class SessionView(Struct, kw_only=True):
    """A sign-in; `current` is the one that asks."""

    id: UUID
    user_agent: str
    created_at: datetime
    refresh_expires_at: datetime
    current: bool


class Revoked(Struct, kw_only=True):
    """How many sessions were ended."""

    revoked: int
