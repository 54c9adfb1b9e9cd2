"""Kills the process that has sent a request, at a moment that only its receiver knows.

Armed by {"when": "accept" | "before" | "after", "pids": […], "times": 1, "prefix": "/path"}: at the next connection of
one of those processes, or just before or just after the answer to a request whose path begins so.
"""

import os
import signal
import time
from asyncio import StreamWriter
from typing import Any

from log import Log


class Killer:
    def __init__(self, log: Log) -> None:
        self.log = log
        self.armed: dict[str, Any] = {"times": 0}

    def arm(self, order: dict[str, Any]) -> None:
        self.armed = order

    def strikes(self, when: str, writer: StreamWriter, path: str | None = None) -> bool:
        if self.armed["times"] == 0 or self.armed["when"] != when:
            return False
        if path is not None and not path.startswith(self.armed["prefix"]):
            return False
        pid = owner_of(writer.get_extra_info("peername")[:2], self.armed["pids"])
        if pid is None:
            return False
        os.kill(pid, signal.SIGKILL)
        self.armed["times"] -= 1
        self.log.write_now({"type": "killed", "wallMs": time.time_ns() / 1e6, "pid": pid, "when": when, "path": path})
        return True


def owner_of(address: tuple[str, int], pids: list[int]) -> int | None:
    """Which of the processes has the socket with this address at its own end."""
    host, port = address
    local = "".join(f"{int(part):02X}" for part in reversed(host.split("."))) + f":{port:04X}"
    with open("/proc/net/tcp", encoding="ascii") as sockets:
        inodes = {f"socket:[{fields[9]}]" for fields in map(str.split, sockets) if fields[1] == local}
    for pid in pids:
        folder = f"/proc/{pid}/fd"
        try:
            names = os.listdir(folder)
        except FileNotFoundError:
            continue
        for name in names:
            try:
                if os.readlink(f"{folder}/{name}") in inodes:
                    return pid
            except FileNotFoundError:
                continue
    return None
