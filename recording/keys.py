"""The Ed25519 key that signs recordings: created with mode 0600, loaded, exported."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from recording.model import RecordingError


class RecordKey:
    """A private record key. `key_id` is `rk_` and the first 16 hex digits of the public key's SHA-256."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public_raw: bytes = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        self.key_id: str = key_id(self.public_raw)

    def sign(self, message: bytes) -> bytes:
        """The 64-byte signature (RFC 8032)."""
        return self._private.sign(message)

    def public_pem(self) -> bytes:
        """The public half, for whoever checks recordings independently."""
        return self._private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_id(public_raw: bytes) -> str:
    """The short name of a public key (32 raw bytes)."""
    return "rk_" + hashlib.sha256(public_raw).hexdigest()[:16]


def create(path: Path) -> RecordKey:
    """Make a new key at `path`, mode 0600. Raises RecordingError when the file exists."""
    private = Ed25519PrivateKey.generate()
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise RecordingError(f"{path} exists already; a record key is never overwritten") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(descriptor)
    return RecordKey(private)


def load(path: Path) -> RecordKey:
    """Load the key at `path`. Raises RecordingError when it is missing, not Ed25519, or readable by others."""
    try:
        mode = path.stat().st_mode
        pem = path.read_bytes()
    except OSError as error:
        raise RecordingError(f"the record key {path} cannot be read: {error.strerror}") from error
    if mode & 0o077:
        raise RecordingError(f"the record key {path} can be read by others; set its mode to 0600")
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError) as error:
        raise RecordingError(f"{path} is not an unencrypted PEM private key") from error
    if not isinstance(private, Ed25519PrivateKey):
        raise RecordingError(f"{path} is not an Ed25519 key")
    return RecordKey(private)


def load_or_create(path: Path) -> RecordKey:
    """The key at `path`, made on first use."""
    return load(path) if path.exists() else create(path)


def load_public(path: Path) -> bytes:
    """The 32 raw bytes of a PEM public key. Raises RecordingError."""
    try:
        public = load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise RecordingError(f"the public key {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise RecordingError(f"{path} is not a PEM public key") from error
    if not isinstance(public, Ed25519PublicKey):
        raise RecordingError(f"{path} is not an Ed25519 key")
    return public.public_bytes(Encoding.Raw, PublicFormat.Raw)


def signature_holds(public_raw: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` over `message` was made by the owner of `public_raw`."""
    try:
        Ed25519PublicKey.from_public_bytes(public_raw).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
