import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createFaults, untold } from './faults.js';
import type { Faults } from './faults.js';
import { withLogFields } from './log-context.js';

let server: Server;
let envelopes: string[] = [];
let faults: Faults;

beforeAll(async () => {
  server = createServer((request, response) => {
    void text(request).then((body) => {
      envelopes.push(body);
      response.end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});

afterAll(() => void server.close());

beforeEach(async () => {
  envelopes = [];
  const { port } = server.address() as AddressInfo;
  const dsn = `http://key@127.0.0.1:${port}/1`;
  faults = await createFaults({ dsn, environment: 'test', app: 'worker', version: '1.2.3' });
});

const events = () =>
  envelopes.map((envelope) => JSON.parse(envelope.split('\n')[2] ?? '') as Record<string, unknown>);

describe('a fault', () => {
  it('is sent with its cause, its tags and those of what it happened in', async () => {
    const cause = new RangeError('out of "secret" range');
    const error = new TypeError('cannot read https://a.example/secret', { cause });
    withLogFields({ tenant: 'acme' }, () => faults.report(error, { taskQueue: 'jobs' }));
    await faults.close();
    expect(events()).toMatchObject([
      {
        ...{ environment: 'test', release: 'timekeeper@1.2.3', platform: 'node', level: 'error' },
        tags: { app: 'worker', tenant: 'acme', taskQueue: 'jobs' },
        exception: {
          values: [
            { type: 'RangeError', value: 'out of "…" range' },
            { type: 'TypeError', value: 'cannot read https://a.example/…' },
          ],
        },
      },
    ]);
    expect(envelopes.join('')).not.toContain('secret"');
    expect(JSON.stringify(events()[0]?.exception)).toContain('sentry-faults.spec');
  });

  it('that is told of twice is sent once', async () => {
    const error = new Error('again');
    faults.report(error);
    faults.report(error);
    await faults.close();
    expect(events()).toHaveLength(1);
  });

  it('of which there are many is told of some times only', async () => {
    for (let count = 0; count < 500; count++) faults.report(new Error(`${count}`));
    await faults.close();
    expect(events().length).toBeGreaterThan(0);
    // The minute may have changed between.
    expect(events().length).toBeLessThanOrEqual(120);
  });
});

it('Without a DSN nobody is told', async () => {
  expect(await createFaults({ dsn: '', environment: '', app: 'worker', version: '1' })).toBe(untold);
});
