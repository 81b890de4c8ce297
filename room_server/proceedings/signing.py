"""The record key at work on rulings: it signs them, and tells of any ruling whether it stands as it was signed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from recording import keys
from recording.model import RecordingError
from room_server.domain.model import Hearing, Ruling, RulingSignature
from room_server.domain.rulings import ALGORITHM, verify

log = logging.getLogger(__name__)
KEY_NAME = "record.pem"
RETIRED = "record-retired-*.pem"
"""Public halves (PEM) of record keys that this court signed with before: rulings from then go on being verified."""


@dataclass(frozen=True, slots=True)
class RulingSigner:
    """``public``: the raw public keys by key id, the current one and the retired ones."""

    key: keys.RecordKey
    public: Mapping[str, bytes]

    @classmethod
    def load(cls, folder: Path) -> RulingSigner:
        """The key of this folder. Raises ``RecordingError`` where it cannot be used; a retired one that cannot be
        read is left out, which shows on the rulings it signed."""
        key = keys.load(folder / KEY_NAME)
        public = {key.key_id: key.public_raw}
        for path in sorted(folder.glob(RETIRED)):
            try:
                raw = keys.load_public(path)
            except RecordingError as error:
                log.error("a retired record key is left out: %s", error)
            else:
                public[keys.key_id(raw)] = raw
        return cls(key, public)

    def sign(self, message: bytes) -> RulingSignature:
        return RulingSignature(ALGORITHM, self.key.key_id, self.key.sign(message).hex())

    def holds(self, hearing: Hearing, ruling: Ruling) -> bool | None:
        """Whether the ruling is what was signed, by a key of this court; None for one from before rulings were
        signed."""
        if ruling.signature is None:
            # Those have no id either: one that has, and lost its signature, was tampered with.
            return None if ruling.id == "" else False
        raw = self.public.get(ruling.signature.key_id)
        return raw is not None and verify(hearing.id, ruling, raw)
