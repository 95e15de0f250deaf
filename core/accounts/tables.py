"""People and sessions. All of these are the mall's: a shopper is the same person in every store."""

from __future__ import annotations

from piccolo.columns import UUID, Boolean, Bytea, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table

from ..ids import new_id


class Account(Table, tablename="account", tags=["mall"]):
    """A person who signs in with an e-mail address or a phone number (E.164).

    `password_version` goes up when the password changes, and stays when only its hash is made anew.
    """

    id = UUID(primary_key=True, default=new_id)
    email = Varchar(length=254, null=True, default=None)
    phone = Varchar(length=20, null=True, default=None)
    password_hash = Text()
    password_version = Integer(default=1)
    name = Varchar(length=80, default="")
    locale = Varchar(length=12, default="zh-CN")
    created_at = Timestamptz()
    disabled_at = Timestamptz(null=True, default=None)


class MallRole(Table, tablename="mall_role", tags=["mall"]):
    """A role that an account has over the whole mall; `operator` is the only one shipped."""

    id = UUID(primary_key=True, default=new_id)
    account_id = UUID()
    role = Varchar(length=20)
    created_at = Timestamptz()


class Session(Table, tablename="session", tags=["mall"]):
    """A sign-in. Only keyed hashes of its tokens are stored; a row that is revoked ends both at once."""

    id = UUID(primary_key=True, default=new_id)
    account_id = UUID()
    access_hash = Bytea()
    refresh_hash = Bytea()
    access_expires_at = Timestamptz()
    refresh_expires_at = Timestamptz()
    user_agent = Varchar(length=200, default="")
    created_at = Timestamptz()
    revoked_at = Timestamptz(null=True, default=None)


class SignInThrottle(Table, tablename="sign_in_throttle", tags=["mall"]):
    """Failed attempts of one identifier or one network address, by keyed hash.

    `updated_at` is the moment from which the next failure is forgiven.
    """

    id = Bytea(primary_key=True)
    failures = Integer(default=0)
    blocked_until = Timestamptz(null=True, default=None)
    updated_at = Timestamptz()


class Address(Table, tablename="address", tags=["mall"]):
    """A place that a shopper has goods sent to."""

    id = UUID(primary_key=True, default=new_id)
    account_id = UUID()
    recipient = Varchar(length=80)
    phone = Varchar(length=20)
    country = Varchar(length=2, default="CN")
    province = Varchar(length=60, default="")
    city = Varchar(length=60, default="")
    district = Varchar(length=60, default="")
    street = Varchar(length=200)
    postal_code = Varchar(length=20, default="")
    is_default = Boolean(default=False)
    created_at = Timestamptz()
