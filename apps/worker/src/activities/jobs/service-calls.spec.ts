import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import { attemptError } from '../webhook/attempt-error.js';
import { ServiceCalls } from './service-calls.js';

const MIB = 1024 * 1024;

describe('a call to a service', () => {
  const never = new AbortController().signal;
  let server: Server;
  let calls: ServiceCalls;
  let url: string;
  let answer: string;
  let asked: (string | undefined)[];
  let redirect: string | undefined;

  beforeEach(async () => {
    [answer, asked, redirect] = ['', [], undefined];
    server = createServer((request, response) => {
      asked.push(request.url);
      if (redirect !== undefined) response.writeHead(307, { location: redirect });
      request.resume().once('end', () => response.end(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const policy = new DestinationPolicy({ allowCidrs: ['127.0.0.0/8'], allowHosts: [], allowPorts: [] });
    calls = new ServiceCalls({ policy, userAgent: 'Timekeeper/test' });
  });

  afterEach(async () => {
    await calls.onApplicationShutdown();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it('is not made where deliveries may not go', async () => {
    const policy = new DestinationPolicy({ allowCidrs: [], allowHosts: [], allowPorts: [] });
    const guarded = new ServiceCalls({ policy, userAgent: 'Timekeeper/test' });
    const refusal = await guarded.call({ url }, never).catch((error: unknown) => attemptError(error));
    expect(refusal).toBe('blocked');
    expect(asked).toEqual([]);
    await guarded.onApplicationShutdown();
  });

  it('is led nowhere else by its answer', async () => {
    redirect = '/elsewhere';
    expect((await calls.call({ url }, never)).statusCode).toBe(307);
    expect(asked).toEqual(['/']);
  });

  it('has an answer of 1 MiB read whole', async () => {
    answer = 'a'.repeat(MIB);
    const { statusCode, text } = await calls.call({ url }, never);
    expect(statusCode).toBe(200);
    expect(text).toHaveLength(MIB);
  });

  it('fails when the answer is longer', async () => {
    answer = 'a'.repeat(MIB + 1);
    await expect(calls.call({ url }, never)).rejects.toThrow(`longer than ${MIB} bytes`);
  });
});
