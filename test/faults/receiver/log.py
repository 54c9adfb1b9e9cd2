"""A log whose lines are on disk before anything is answered. Lines that come together share one fdatasync."""

import asyncio
import json
import os
from typing import Any


class Log:
    def __init__(self, path: str) -> None:
        self.descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self.waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self.writing = False

    async def write(self, line: dict[str, Any]) -> None:
        loop = asyncio.get_running_loop()
        written = loop.create_future()
        self.waiting.append((json.dumps(line).encode() + b"\n", written))
        if not self.writing:
            self.writing = True
            loop.create_task(self.write_all())
        await written

    def write_now(self, line: dict[str, Any]) -> None:
        self.store(json.dumps(line).encode() + b"\n")

    async def write_all(self) -> None:
        while self.waiting:
            batch, self.waiting = self.waiting, []
            await asyncio.get_running_loop().run_in_executor(None, self.store, b"".join(line for line, _ in batch))
            for _, written in batch:
                written.set_result(None)
        self.writing = False

    def store(self, lines: bytes) -> None:
        os.write(self.descriptor, lines)
        os.fdatasync(self.descriptor)
