"""What other domains and the command line ask of accounts."""

from __future__ import annotations

from .password_change import WrongPassword, change_password
from .registration import IdentifierTaken, make_operator, register
from .signing_in import InvalidCredentials, sign_in
from .standing import disable, enable
from .throttle import TooManyAttempts

__all__ = [
    "IdentifierTaken",
    "InvalidCredentials",
    "TooManyAttempts",
    "WrongPassword",
    "change_password",
    "disable",
    "enable",
    "make_operator",
    "register",
    "sign_in",
]
