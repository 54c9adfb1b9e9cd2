"""The receiver of the fault matrix: in another language than what it judges, with a log that survives a crash.

Usage: receiver.py LOG SECRET [CERTIFICATE KEY]

It listens on several loopback addresses, one for each row, so that the health of one row's destination is no other's.
Every request is one line of LOG, on disk (O_APPEND, fdatasync) before it is answered. Signatures are verified by the
package `standardwebhooks`. The query of a url says how it is answered, see `answers.py`. The first line of standard
output is its ports; from then on every line of standard input arms a kill, see `killer.py`.
"""

import asyncio
import hashlib
import json
import os
import ssl
import sys
import time
from urllib.parse import parse_qsl, urlsplit

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from answers import answer, planned, reset
from killer import Killer
from log import Log

HOSTS = [f"127.0.0.{last}" for last in range(1, 60)]
MAX_HEAD_BYTES = 64 * 1024


class Receiver:
    def __init__(self, log: Log, secret: str, killer: Killer) -> None:
        self.log = log
        self.webhook = Webhook(secret)
        self.killer = killer
        self.open_by_host: dict[str, int] = {}
        self.seen: dict[str, int] = {}

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.killer.strikes("accept", writer):
                return reset(writer)
            while await self.request(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def request(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        received_ns, mono_ns = time.time_ns(), time.monotonic_ns()
        first, *lines = head.decode("latin-1").rstrip().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        method, target, _ = first.split(" ", 2)
        url = urlsplit(target)
        plan = dict(parse_qsl(url.query))
        host = writer.get_extra_info("sockname")[0]
        count = self.seen[url.path] = self.seen.get(url.path, 0) + 1
        if count > int(plan.get("for", "1000000")):
            plan = {}
        self.open_by_host[host] = self.open_by_host.get(host, 0) + 1
        try:
            await self.log.write({
                "type": "request",
                "wallMs": received_ns / 1e6,
                "monoMs": mono_ns / 1e6,
                "method": method,
                "path": url.path,
                "id": headers.get("webhook-id"),
                "timestamp": headers.get("webhook-timestamp"),
                "sha256": hashlib.sha256(body).hexdigest(),
                "signature": self.verdict(body, headers),
                "parallel": self.open_by_host[host],
                "peer": writer.get_extra_info("peername")[1],
                **planned(plan),
            })
            if self.killer.strikes("before", writer, url.path):
                reset(writer)
                return False
            goes_on = await answer(plan, writer)
            if self.killer.strikes("after", writer, url.path):
                return False
            return goes_on
        finally:
            self.open_by_host[host] -= 1

    def verdict(self, body: bytes, headers: dict[str, str]) -> str:
        try:
            self.webhook.verify(body, headers, json_parse=False)
            return "ok"
        except (WebhookVerificationError, ValueError) as error:
            return str(error)


async def main() -> None:
    log_file, secret, *tls = sys.argv[1:]
    log = Log(log_file)
    killer = Killer(log)
    receiver = Receiver(log, secret, killer)
    server = await asyncio.start_server(receiver.connection, HOSTS[0], 0, limit=MAX_HEAD_BYTES, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    others = [
        await asyncio.start_server(receiver.connection, host, port, limit=MAX_HEAD_BYTES, backlog=4096)
        for host in HOSTS[1:]
    ]
    # Resets every connection at once.
    async def refuse(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reset(writer)

    resetting = await asyncio.start_server(refuse, HOSTS[0], 0)
    ports = {"port": port, "resettingPort": resetting.sockets[0].getsockname()[1]}
    if tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*tls)
        secure = await asyncio.start_server(receiver.connection, HOSTS[0], 0, ssl=context)
        ports["tlsPort"] = secure.sockets[0].getsockname()[1]
    print(json.dumps(ports), flush=True)
    stdin = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(stdin), sys.stdin)
    while line := await stdin.readline():
        killer.arm(json.loads(line))
    # Whoever started us is gone.
    os._exit(0)


asyncio.run(main())
