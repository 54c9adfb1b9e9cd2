import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DestinationPolicy } from '#destinations/destination-policy.js';
import { ServiceCalls } from './service-calls.js';

const MIB = 1024 * 1024;

describe('a call to a service', () => {
  const never = new AbortController().signal;
  let server: Server;
  let calls: ServiceCalls;
  let url: string;
  let answer: string;

  beforeEach(async () => {
    server = createServer((request, response) => request.resume().once('end', () => response.end(answer)));
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
