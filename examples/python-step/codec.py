"""Reads and writes what Timekeeper encrypts, with the same PAYLOAD_KEYS."""

import base64
import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec

ENCRYPTED = b"binary/encrypted"
IV_BYTES = 12


class EncryptionCodec(PayloadCodec):
    """Encrypts with the first key, decrypts with each. What is not encrypted passes through."""

    def __init__(self, payload_keys: str) -> None:
        """`payload_keys` as in PAYLOAD_KEYS: id:key,id:key, each key 32 bytes in base64."""
        pairs = [pair.strip().partition(":") for pair in payload_keys.split(",")]
        self.ciphers = {key_id: AESGCM(base64.b64decode(key, validate=True)) for key_id, _, key in pairs}
        self.first = pairs[0][0]

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        key_id, iv = self.first.encode(), os.urandom(IV_BYTES)
        # The id of the key is authenticated as well.
        sealed = self.ciphers[self.first].encrypt(iv, payload.SerializeToString(), key_id)
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
    """How values go to the engine and come from it; without keys in plain text."""
    if not payload_keys:
        return DataConverter.default
    return DataConverter(
        payload_codec=EncryptionCodec(payload_keys),
        # Messages of errors are encrypted too.
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )
