import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ROOT } from '../../scripts/paths.js';
import { LocalStart } from '../support/local-start.js';
import { Receiver } from '../support/receiver.js';

const ADMIN_TOKEN = 'a-token-of-at-least-24-characters';
const BLOCK = /^ *```sh\n(.*?)^ *```$/gms;
const UUID = /[0-9a-f-]{36}/g;
/** Sends what it is told to where these processes listen, and notes how it was answered. */
const CURL = `#!/usr/bin/env bash
args=("\${@//localhost:3000/127.0.0.1:$PORT}")
args=("\${args[@]//127.0.0.1:8025/127.0.0.1:$MAILBOX_PORT}")
args=("\${args[@]//https:\\/\\/example.com/$RECEIVER}")
exec "$REAL_CURL" --silent --show-error --write-out '%{stderr}%{http_code} %{method} %{url_effective}\\n' "\${args[@]}" 2>>"$CALLS"
`;

interface Call {
  status: number;
  request: string;
}

describe('The requests in the docs, run as they are there against npm start', () => {
  let local: LocalStart;
  let receiver: Receiver;

  beforeAll(async () => {
    receiver = await Receiver.start();
    local = await LocalStart.prepare({ ADMIN_TOKEN });
    await local.start();
  });
  afterAll(async () => {
    await local?.stop();
    await receiver?.stop();
  });

  /** Subjects of what the mailbox has for somebody. */
  const mailsTo = async (address: string): Promise<string[]> => {
    const response = await fetch(`http://127.0.0.1:${local.env.MAILBOX_PORT}/messages?q=${address}`);
    const { data } = (await response.json()) as { data: { subject: string }[] };
    return data.map(({ subject }) => subject);
  };

  /** All blocks of a page are one script, as for somebody who reads it from top to bottom. */
  const run = async (page: string): Promise<{ said: string; calls: Call[] }> => {
    const folder = mkdtempSync(join(local.folder, 'docs-'));
    const bin = join(folder, 'bin');
    const calls = join(folder, 'calls');
    mkdirSync(bin);
    writeFileSync(join(bin, 'curl'), CURL);
    chmodSync(join(bin, 'curl'), 0o755);
    const text = readFileSync(join(ROOT, `docs/${page}.md`), 'utf8');
    const script = [...text.matchAll(BLOCK)].map(([, block]) => block).filter(isRequest);
    const { stdout: realCurl } = await promisify(execFile)('which', ['curl']);
    const { stdout } = await promisify(execFile)('bash', ['-euo', 'pipefail', '-c', script.join('\n')], {
      cwd: folder,
      env: {
        ...{ PATH: `${bin}:${process.env.PATH}`, REAL_CURL: realCurl.trim(), CALLS: calls, ADMIN_TOKEN },
        ...{ PORT: local.env.PORT, MAILBOX_PORT: local.env.MAILBOX_PORT, RECEIVER: receiver.url('') },
      },
    });
    const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
    return { said: stdout, calls: lines.map(callOf) };
  };

  it('send e-mails, and one is refused as the page says', async () => {
    const { said, calls } = await run('emails');
    expect(refused(calls)).toEqual(['400 POST /emails']);
    expect(said).toContain('data.name is missing: subject, line 1: the variable name is missing');
    expect(said).toContain('"status_code":550');
    expect(await mailsTo('ada@example.com')).toEqual(
      expect.arrayContaining(['Your order is on its way', 'Welcome, Ada']),
    );
    expect(calls.length).toBeGreaterThan(10);
  });

  it('send blasts, to people and to webhooks', async () => {
    const { said, calls } = await run('blasts');
    expect(said).toMatch(/"status":"finished".*"total":4,"pending":0,"sending":0,"sent":2,/);
    expect(said).toContain('"event":"sent","attempt":1,"code":250');
    expect(await mailsTo('bob@example.com')).toContain('News for Bob');
    const hooks = await receiver.received('/', 2);
    expect(hooks.map(({ target, body }) => [target, body]).sort()).toEqual([
      ['/bob', '{"hello": "Bob"}'],
      ['/hooks', '{"hello": "Ada"}'],
    ]);
    // Nobody has failed, and nobody is uncertain.
    expect(refused(calls)).toEqual([
      '409 POST /blasts/{id}/retry',
      '404 POST /blasts/{id}/recipients//resolve',
    ]);
  }, 60_000);

  it('make, move and cancel a booking, and tell an endpoint', async () => {
    const { said, calls } = await run('bookings');
    expect(refused(calls)).toEqual([]);
    expect(said).toContain('"kind":"confirmation"');
    expect(said).toContain('"secret":"whsec_');
    expect(await mailsTo('ada@example.com')).toEqual(
      expect.arrayContaining(['Confirmed: Haircut', 'Cancelled: Haircut']),
    );
    expect(calls.length).toBeGreaterThan(7);
  });

  it('store templates, and suppress addresses', async () => {
    for (const page of ['templates', 'suppressions']) {
      const { calls } = await run(page);
      expect({ page, refused: refused(calls) }).toEqual({ page, refused: [] });
      expect(calls.length).toBeGreaterThan(1);
    }
  });
});

/** Not what starts or measures something. */
function isRequest(block: string | undefined): boolean {
  return block !== undefined && !/^(npm|promtool|DATABASE_URL=)/m.test(block);
}

function callOf(line: string): Call {
  const [status, method, url = ''] = line.split(' ');
  return { status: Number(status), request: `${method} ${new URL(url).pathname.replace(UUID, '{id}')}` };
}

function refused(calls: Call[]): string[] {
  return calls
    .filter(({ status }) => status < 200 || status >= 300)
    .map(({ status, request }) => `${status} ${request}`);
}
