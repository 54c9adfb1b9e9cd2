import { afterAll, expect, it } from '@jest/globals';
import { fastify } from 'fastify';
import { guardCodec } from './codec-access.js';

const server = fastify();

afterAll(() => server.close());

it('the right codec token is heard however many wrong ones came from its address', async () => {
  guardCodec(server, { token: 'right', allowOrigin: '', failedLoginsPerMinute: 2 });
  server.get('/codec/decode', () => 'decoded');
  const url = await server.listen({ host: '127.0.0.1', port: 0 });
  const statuses: number[] = [];
  for (const token of ['wrong', 'wrong', 'wrong', 'right']) {
    const { status } = await fetch(`${url}/codec/decode`, { headers: { authorization: `Bearer ${token}` } });
    statuses.push(status);
  }
  expect(statuses).toEqual([401, 401, 429, 200]);
});
