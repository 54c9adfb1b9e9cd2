"""How requests are answered: `?do=…` of the url, for the first `for=N` requests of a path, then 200 at once.

`slow` 200 after `ms`; `status` with `code` and perhaps `retry` as Retry-After or `to` as Location; `hang` never;
`drip` a byte every half second; `reset` and `close` without an answer; `reset-body` in the middle of one; `huge` 32 MiB;
`bomb` 64 MiB as 64 kB of gzip; `junk` bytes that are no HTTP.
"""

import asyncio
import gzip
import socket
import struct
from asyncio import StreamWriter
from typing import Any

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
BOMB = gzip.compress(bytes(64 * 1024 * 1024), 9)
LONGEST_S = 120


def planned(plan: dict[str, str]) -> dict[str, Any]:
    """For the log: the status that is going to be answered, 0 for none, and after how long."""
    do = plan.get("do", "ok")
    if do == "status":
        return {"answer": int(plan["code"]), "afterMs": 0}
    if do == "slow":
        return {"answer": 200, "afterMs": int(plan["ms"])}
    return {"answer": 200 if do in ("ok", "huge", "bomb", "reset-body") else 0, "afterMs": 0}


async def answer(plan: dict[str, str], writer: StreamWriter) -> bool:
    """Whether the connection can be used again."""
    do = plan.get("do", "ok")
    if do == "slow":
        await asyncio.sleep(int(plan["ms"]) / 1000)
        do = "ok"
    if do == "ok":
        writer.write(OK)
        await writer.drain()
        return True
    if do == "status":
        lines = [f"HTTP/1.1 {plan['code']} As asked", "content-length: 0"]
        lines += [f"retry-after: {plan['retry']}"] if "retry" in plan else []
        lines += [f"location: {plan['to']}"] if "to" in plan else []
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        await writer.drain()
        return True
    if do == "hang":
        await asyncio.sleep(LONGEST_S)
    elif do == "drip":
        for byte in OK[:20] * 10:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(0.5)
    elif do == "reset":
        reset(writer)
    elif do == "reset-body":
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nbeginning")
        await writer.drain()
        await asyncio.sleep(0.05)
        reset(writer)
    elif do == "huge":
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 33554432\r\n\r\n")
        for _ in range(512):
            writer.write(bytes(65536))
            await writer.drain()
    elif do == "bomb":
        head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(BOMB)}\r\n\r\n"
        writer.write(head.encode() + BOMB)
        await writer.drain()
    elif do == "junk":
        writer.write(bytes(range(256)) * 4 + b"\r\n\r\n")
        await writer.drain()
    return False


def reset(writer: StreamWriter) -> None:
    """RST instead of FIN."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
