"""Reads and writes what Timekeeper encrypts, with the same PAYLOAD_KEYS."""

import base64
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    DataConverter,
    DefaultFailureConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)

ENCRYPTED = b"binary/encrypted"
IV_BYTES = 12


class EncryptionCodec(PayloadCodec):
    """Encrypts with the first key, decrypts with each; with none it says which it lacks. The rest passes through."""

    def __init__(self, payload_keys: str) -> None:
        """`payload_keys` as in PAYLOAD_KEYS: id:key,id:key, each key 32 bytes in base64."""
        pairs = [pair.strip().partition(":") for pair in payload_keys.split(",") if pair.strip()]
        self.ciphers = {key_id: AESGCM(base64.b64decode(key, validate=True)) for key_id, _, key in pairs}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads] if self.ciphers else list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        first, cipher = next(iter(self.ciphers.items()))
        key_id, iv = first.encode(), os.urandom(IV_BYTES)
        # The id of the key is authenticated as well.
        sealed = cipher.encrypt(iv, payload.SerializeToString(), key_id)
        return Payload(metadata={"encoding": ENCRYPTED, "encryption-key-id": key_id}, data=iv + sealed)

    def _decrypt(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCRYPTED:
            return payload
        key_id = payload.metadata.get("encryption-key-id", b"")
        cipher = self.ciphers.get(key_id.decode())
        if not cipher:
            raise ValueError(f"payload is encrypted with key {key_id!r:.80}, not in PAYLOAD_KEYS")
        try:
            opened = cipher.decrypt(payload.data[:IV_BYTES], payload.data[IV_BYTES:], key_id)
        except InvalidTag:
            raise ValueError(f"payload was changed, or its key {key_id!r:.80} is another one") from None
        return Payload.FromString(opened)


def data_converter(payload_keys: str) -> DataConverter:
    """How values go to the engine and come from it. With keys, messages of errors are encrypted as well."""
    failures = DefaultFailureConverterWithEncodedAttributes if payload_keys else DefaultFailureConverter
    return DataConverter(payload_codec=EncryptionCodec(payload_keys), failure_converter_class=failures)
