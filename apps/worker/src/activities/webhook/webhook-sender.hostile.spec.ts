import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import type { Attempt, AttemptError } from '#contracts/delivery.js';
import { AddressGuard } from '#destinations/address-guard.js';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import { createLogger } from '#observability/logger.js';
import { SigningSecret } from '#signing/signing-secret.js';
import type { EngineClock } from './engine-clock.js';
import { SigningKeys } from './signing-keys.js';
import type { LoadSecrets } from './signing-keys.js';
import { WebhookSender } from './webhook-sender.js';

const REQUEST_TIMEOUT_MS = 400;
const BODY_TIMEOUT_MS = 200;
/** All limits together, and as much again for a busy machine. */
const BOUNDED_MS = 10_000;
/** What lies in the buffers of both sides when one of them stops reading. */
const MAX_BYTES_TAKEN = 16 * 1024 * 1024;

const clock = { now: () => Date.now() } as EngineClock;
const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });
const cleanUps: (() => unknown)[] = [];

const noSecrets = () => Promise.resolve([]);

function startSender(load: LoadSecrets = noSecrets): WebhookSender {
  const settings = { allowCidrs: ['127.0.0.0/8'], allowHosts: [], allowPorts: [] };
  const sender = new WebhookSender(
    {
      policy: new DestinationPolicy(settings, new AddressGuard(settings.allowCidrs)),
      userAgent: 'test',
      connecting: { timeoutMs: 300 },
      bodyTimeoutMs: BODY_TIMEOUT_MS,
    },
    clock,
    new SigningKeys(load, clock, logger),
  );
  cleanUps.push(() => sender.onApplicationShutdown());
  return sender;
}

type Behaviour = (socket: Socket) => void;

async function listen(server: Server, scheme = 'http'): Promise<{ url: string; taken: () => number }> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${scheme}://127.0.0.1:${port}/`,
    taken: () => [...sockets].reduce((sum, socket) => sum + socket.bytesWritten, 0),
  };
}

/** A server that reads requests and then behaves as it likes. */
const misbehaving = (behave: Behaviour) =>
  listen(createServer((socket) => socket.once('data', () => behave(socket))));

interface Outcome {
  attempt: Attempt;
  /** From the beginning to the moment when the place is free for another request. */
  tookMs: number;
}

async function deliver(url: string, sender = startSender()): Promise<Outcome> {
  await sender.prepare('default');
  const begunMs = performance.now();
  const delivery = { index: 0, id: '01a2013d-7d5d-8000-b5ab-63607fa862eb', url, attempt: 1, atMs: 0 };
  const window = { tenant: 'default', requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const { attempt, connectionFree } = sender.send(delivery, window);
  const ended = await attempt;
  await connectionFree;
  return { attempt: ended, tookMs: performance.now() - begunMs };
}

/** Writes as fast as the other side reads, until the connection ends. */
function flood(socket: Socket, chunk: string | Buffer): void {
  if (socket.destroyed) return;
  socket.write(chunk, () => flood(socket, chunk));
}

/** Writes a little again and again, until the connection ends. */
function drip(socket: Socket, bytes: string): void {
  const tap = setInterval(() => socket.write(bytes), 20);
  socket.on('close', () => clearInterval(tap));
}

const head = (text: string) => `HTTP/1.1 ${text}\r\n`;

const BOMB = gzipSync(Buffer.alloc(50 * 1024 * 1024), { level: 9 });

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

it('an attempt whose time is over before its secret is there ends all the same', async () => {
  const secret = SigningSecret.generate('v1');
  const stored = { host: null, endpoint: 'endpoint', secret, retiresMs: null };
  let asked = 0;
  const late = () => new Promise<void>((resolve) => setTimeout(resolve, 2 * REQUEST_TIMEOUT_MS));
  const sender = startSender(() => (asked++ === 0 ? noSecrets() : late().then(() => [stored])));
  const { url } = await misbehaving(() => undefined);
  await sender.prepare('default');
  const delivery = { index: 0, id: 'an-id', url, attempt: 1, atMs: 0, endpointId: 'endpoint' };
  const window = { tenant: 'default', requestTimeoutMs: REQUEST_TIMEOUT_MS };
  const { attempt, connectionFree } = sender.send(delivery, window);
  expect(await attempt).toMatchObject({ error: 'timeout' });
  await connectionFree;
});

describe('a receiver that means harm costs a bounded time and amount', () => {
  const failures: [string, AttemptError, Behaviour][] = [
    ['never answers', 'timeout', () => undefined],
    [
      'drips its status line',
      'timeout',
      (socket) => {
        socket.write('HTTP/1.1 200 ');
        drip(socket, 'O');
      },
    ],
    [
      'drips its headers',
      'timeout',
      (socket) => {
        socket.write(head('200 OK'));
        drip(socket, 'x-a: b\r\n');
      },
    ],
    [
      'sends headers without end',
      'http',
      (socket) => {
        socket.write(head('200 OK'));
        flood(socket, `x-a: ${'b'.repeat(1_000)}\r\n`.repeat(50));
      },
    ],
    [
      'sends one header without end',
      'http',
      (socket) => {
        socket.write(`${head('200 OK')}x-a: `);
        flood(socket, 'b'.repeat(50_000));
      },
    ],
    [
      'sends interim answers without end',
      'http',
      (socket) => flood(socket, `${head('103 Early Hints')}link: </a>\r\n\r\n`.repeat(500)),
    ],
    [
      'drips interim answers',
      'timeout',
      (socket) => {
        const tap = setInterval(() => socket.write(`${head('102 Processing')}\r\n`), 50);
        socket.on('close', () => clearInterval(tap));
      },
    ],
    [
      'says to continue without end',
      'http',
      (socket) => flood(socket, `${head('100 Continue')}\r\n`.repeat(500)),
    ],
    ['says to continue and then nothing', 'timeout', (socket) => void socket.write(head('100 Continue'))],
    ['answers with noise', 'http', (socket) => flood(socket, Buffer.alloc(10_000, 0xff))],
    ['answers in another protocol', 'http', (socket) => void socket.write('220 smtp.example.com ESMTP\r\n')],
    [
      'answers with a status line without end',
      'http',
      (socket) => {
        socket.write('HTTP/1.1 200 ');
        flood(socket, 'O'.repeat(1_000));
      },
    ],
    ['answers in HTTP/2', 'http', (socket) => void socket.write(Buffer.from('00000604000000000000', 'hex'))],
    [
      'answers with two lengths',
      'http',
      (socket) => void socket.write(`${head('200 OK')}content-length: 1\r\ncontent-length: 2\r\n\r\nab`),
    ],
    [
      'switches to another protocol',
      'http',
      (socket) =>
        void socket.write(`${head('101 Switching Protocols')}upgrade: x\r\nconnection: upgrade\r\n\r\n`),
    ],
    ['ends the connection at once', 'reset', (socket) => void socket.end()],
    ['ends within the headers', 'reset', (socket) => void socket.end(`${head('200 OK')}x-a: b\r\n`)],
    ['resets instead of answering', 'reset', (socket) => void socket.resetAndDestroy()],
    [
      'resets within the headers',
      'reset',
      (socket) => void socket.write(`${head('200 OK')}x-a`, () => socket.resetAndDestroy()),
    ],
  ];

  it.each(failures)('when it %s: %s', async (_what, error, behave) => {
    const { url, taken } = await misbehaving(behave);
    const { attempt, tookMs } = await deliver(url);
    expect(attempt).toMatchObject({ error });
    expect(attempt.statusCode).toBeUndefined();
    expect(tookMs).toBeLessThan(BOUNDED_MS);
    expect(taken()).toBeLessThan(MAX_BYTES_TAKEN);
  });

  const answers: [string, number, Behaviour][] = [
    [
      'sends a body without end',
      200,
      (socket) => {
        socket.write(`${head('200 OK')}transfer-encoding: chunked\r\n\r\n`);
        flood(socket, `10000\r\n${'x'.repeat(0x10000)}\r\n`);
      },
    ],
    [
      'drips its body',
      205,
      (socket) => {
        socket.write(`${head('205 Reset Content')}transfer-encoding: chunked\r\n\r\n`);
        drip(socket, '1\r\nx\r\n');
      },
    ],
    [
      'promises a body that never comes',
      500,
      (socket) => void socket.write(`${head('500 Oops')}content-length: 1000\r\n\r\n`),
    ],
    [
      'announces a huge body',
      200,
      (socket) => {
        socket.write(`${head('200 OK')}content-length: 999999999999\r\n\r\n`);
        flood(socket, 'x'.repeat(50_000));
      },
    ],
    [
      'sends a bomb of gzip',
      200,
      (socket) =>
        void socket.end(
          Buffer.concat([
            Buffer.from(`${head('200 OK')}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`),
            BOMB,
          ]),
        ),
    ],
    [
      'names a hundred encodings of its body',
      200,
      (socket) =>
        void socket.end(
          `${head('200 OK')}content-encoding: ${'gzip, '.repeat(100)}gzip\r\ncontent-length: 0\r\n\r\n`,
        ),
    ],
    [
      'sends extensions of chunks without end',
      200,
      (socket) => {
        socket.write(`${head('200 OK')}transfer-encoding: chunked\r\n\r\n1`);
        flood(socket, `;a=${'b'.repeat(1_000)}`);
      },
    ],
    [
      'sends trailers without end',
      200,
      (socket) => {
        socket.write(`${head('200 OK')}transfer-encoding: chunked\r\n\r\n0\r\n`);
        flood(socket, 'x-a: b\r\n'.repeat(1_000));
      },
    ],
    [
      'resets within the body',
      200,
      (socket) =>
        void socket.write(`${head('200 OK')}content-length: 10\r\n\r\nabc`, () => socket.resetAndDestroy()),
    ],
    [
      'redirects',
      302,
      (socket) =>
        void socket.write(`${head('302 Found')}location: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n`),
    ],
    [
      'sends an answer that nobody asked for after the real one',
      200,
      (socket) =>
        void socket.write(
          `${head('200 OK')}content-length: 0\r\n\r\n${head('500 Oops')}content-length: 0\r\n\r\n`,
        ),
    ],
  ];

  it.each(answers)('when it %s, and its status %s counts', async (_what, statusCode, behave) => {
    const { url, taken } = await misbehaving(behave);
    const { attempt, tookMs } = await deliver(url);
    expect(attempt).toMatchObject({ statusCode });
    expect(attempt.error).toBeUndefined();
    expect(tookMs).toBeLessThan(BOUNDED_MS);
    expect(taken()).toBeLessThan(MAX_BYTES_TAKEN);
  });

  it('by an interim answer or two, which are allowed', async () => {
    const hints = `${head('103 Early Hints')}link: </a>\r\n\r\n`;
    const { url } = await misbehaving(
      (socket) => void socket.write(`${hints}${hints}${head('204 No Content')}\r\n`),
    );
    expect((await deliver(url)).attempt).toMatchObject({ statusCode: 204 });
  });

  it('by saying to continue though nobody asked, at every request, in one piece or in many', async () => {
    const answer = `${head('100 Continue')}\r\n`.repeat(2) + `${head('200 OK')}content-length: 1\r\n\r\nx`;
    const { url } = await listen(
      createServer((socket) => {
        let requests = 0;
        socket.on('data', () => {
          requests += 1;
          if (requests > 1) return socket.write(answer);
          void (async () => {
            for (const character of answer) {
              socket.write(character);
              await new Promise((resolve) => setImmediate(resolve));
            }
          })();
        });
      }),
    );
    const sender = startSender();
    for (let request = 0; request < 3; request++)
      expect((await deliver(url, sender)).attempt).toMatchObject({ statusCode: 200 });
  });

  it('when it ends connections before anything was asked', async () => {
    const { url } = await listen(createServer((socket) => socket.resetAndDestroy()));
    const { attempt } = await deliver(url);
    expect(attempt).toMatchObject({ error: 'reset' });
  });

  it('even to the next request to it, which finds its place free', async () => {
    let count = 0;
    const { url } = await misbehaving((socket) => {
      count += 1;
      if (count === 1) {
        socket.write(`${head('200 OK')}transfer-encoding: chunked\r\n\r\n`);
        flood(socket, `10000\r\n${'x'.repeat(0x10000)}\r\n`);
      } else if (count === 2) socket.write(head('200 OK'));
      else socket.write(`${head('204 No Content')}\r\n`);
    });
    const sender = startSender();
    expect((await deliver(url, sender)).attempt).toMatchObject({ statusCode: 200 });
    expect((await deliver(url, sender)).attempt).toMatchObject({ error: 'timeout' });
    expect((await deliver(url, sender)).attempt).toMatchObject({ statusCode: 204 });
  });

  it('however long it asks for its idle connection to be kept', async () => {
    const closed: Promise<unknown>[] = [];
    const { url } = await misbehaving((socket) => {
      closed.push(once(socket, 'close'));
      socket.write(`${head('204 No Content')}keep-alive: timeout=86400\r\n\r\n`);
    });
    await deliver(url);
    await Promise.all(closed);
    expect(closed).toHaveLength(1);
  }, 20_000);
});

describe('an https receiver', () => {
  const DAY_MS = 86_400_000;
  const certificate = (fromDays: number, untilDays: number, name = '127.0.0.1') =>
    generate([{ name: 'commonName', value: name }], {
      notBeforeDate: new Date(Date.now() + fromDays * DAY_MS),
      notAfterDate: new Date(Date.now() + untilDays * DAY_MS),
    });

  it.each([
    ['is self-signed', -1, 1],
    ['is over', -3, -1],
    ['is not valid yet', 1, 3],
  ])('whose certificate %s is not sent anything', async (_what, from, until) => {
    const { private: key, cert } = await certificate(from, until);
    let asked = 0;
    const server = createTlsServer({ key, cert }, (socket) => socket.once('data', () => asked++));
    const { url } = await listen(server, 'https');
    expect((await deliver(url)).attempt).toMatchObject({ error: 'tls' });
    expect(asked).toBe(0);
  });

  it.each([
    ['never greets', 'timeout', () => undefined],
    ['speaks plain HTTP', 'tls', (socket) => void socket.write(`${head('200 OK')}\r\n`)],
    ['ends in the middle of the greeting', 'reset', (socket) => void socket.destroy()],
  ] as [string, AttemptError, Behaviour][])('that %s fails with %s', async (_what, error, behave) => {
    const { url } = await misbehaving(behave);
    const { attempt, tookMs } = await deliver(url.replace('http:', 'https:'));
    expect(attempt).toMatchObject({ error });
    expect(tookMs).toBeLessThan(BOUNDED_MS);
  });
});
