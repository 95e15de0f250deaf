"""Ed25519 signatures of notifications, over `timestamp\\nnonce\\nbody\\n`."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

TIMESTAMP = "Sandbox-Timestamp"
NONCE = "Sandbox-Nonce"
SERIAL = "Sandbox-Serial"
SIGNATURE = "Sandbox-Signature"


class KeyPair:
    """A private key with the serial that names it: the first half of the SHA-256 of its public key, in hex."""

    def __init__(self, private_key: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(private_key)
        self._public = self._private.public_key()
        self.private_key = private_key
        self.serial = hashlib.sha256(self._public.public_bytes_raw()).hexdigest()[:32]

    @classmethod
    def generate(cls) -> KeyPair:
        return cls(Ed25519PrivateKey.generate().private_bytes_raw())

    def headers(self, body: bytes, *, timestamp: int, nonce: str) -> dict[str, str]:
        """The four headers that go with `body`; `timestamp` is seconds since 1970."""
        signature = self._private.sign(message(str(timestamp), nonce, body))
        return {
            TIMESTAMP: str(timestamp),
            NONCE: nonce,
            SERIAL: self.serial,
            SIGNATURE: base64.b64encode(signature).decode(),
        }

    def accepts(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether lower-case `headers` carry this pair's signature of `body`. Freshness is not judged here."""
        names = (TIMESTAMP, NONCE, SERIAL, SIGNATURE)
        timestamp, nonce, serial, signature = (headers.get(name.lower(), "") for name in names)
        if not (timestamp and nonce and signature and serial == self.serial):
            return False
        try:
            self._public.verify(base64.b64decode(signature, validate=True), message(timestamp, nonce, body))
        except (InvalidSignature, binascii.Error, ValueError):
            return False
        return True


def message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """What is signed."""
    return f"{timestamp}\n{nonce}\n".encode() + body + b"\n"
