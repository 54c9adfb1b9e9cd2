import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { decode, encode } from 'dns-packet';
import type { Answer } from 'dns-packet';
import { MxVerifier, SyntaxVerifier } from './address-verifier.js';

const NOT_THERE = 3;
const SERVER_FAILED = 2;

describe('The verifier that asks DNS, with a real name server', () => {
  let socket: Socket;
  let verifier: MxVerifier;
  /** By `TYPE name`; a number is an error code, undefined no answer at all, what is not here has no such record. */
  let zone: Map<string, Answer[] | number | undefined>;
  let asked: string[];

  beforeEach(async () => {
    [zone, asked] = [new Map(), []];
    socket = createSocket('udp4').bind(0, '127.0.0.1');
    await once(socket, 'listening');
    socket.on('message', (message, { port, address }) => {
      const { id, questions = [] } = decode(message);
      const question = `${questions[0]?.type} ${questions[0]?.name}`;
      asked.push(question);
      const found = zone.has(question) ? zone.get(question) : [];
      if (found === undefined) return;
      const [flags, answers] = typeof found === 'number' ? [found, []] : [0, found];
      socket.send(encode({ type: 'response', id, flags, questions, answers }), port, address);
    });
    verifier = new MxVerifier({ nameServers: [nameServer()], timeoutMs: 200, unknownMs: 0 });
  });
  afterEach(() => new Promise<void>((resolve) => socket.close(() => resolve())));

  const nameServer = () => `127.0.0.1:${socket.address().port}`;
  const mx = (name: string, ...exchanges: string[]): Answer[] =>
    exchanges.map((exchange) => ({ type: 'MX', name, data: { preference: 10, exchange } }));

  it('takes a domain with a mail server, and asks once for all its addresses', async () => {
    zone.set('MX shop.example', mx('shop.example', 'mail.shop.example'));
    const addresses = ['a@shop.example', 'b@Shop.Example', 'c@shop.example'];
    for (const each of addresses) await expect(verifier.problemOf(each)).resolves.toBeUndefined();
    expect(asked).toEqual(['MX shop.example']);
  });

  it('takes a domain that has only an address', async () => {
    zone.set('A old.example', [{ type: 'A', name: 'old.example', data: '192.0.2.1' }]);
    zone.set('AAAA six.example', [{ type: 'AAAA', name: 'six.example', data: '2001:db8::1' }]);
    await expect(verifier.problemOf('a@old.example')).resolves.toBeUndefined();
    await expect(verifier.problemOf('a@six.example')).resolves.toBeUndefined();
  });

  it('refuses a domain that says it takes no mail, though it has an address', async () => {
    zone.set('MX web.example', mx('web.example', '.'));
    zone.set('A web.example', [{ type: 'A', name: 'web.example', data: '192.0.2.1' }]);
    await expect(verifier.problemOf('a@web.example')).resolves.toMatch(/takes no mail/);
  });

  it('refuses a domain that is not there, or has nothing', async () => {
    for (const type of ['MX', 'A', 'AAAA']) zone.set(`${type} typo.example`, NOT_THERE);
    await expect(verifier.problemOf('a@typo.example')).resolves.toMatch(/no mail server/);
    await expect(verifier.problemOf('a@empty.example')).resolves.toMatch(/no mail server/);
  });

  it('refuses nothing while DNS fails or is silent, and asks again then', async () => {
    zone.set('MX down.example', SERVER_FAILED).set('MX silent.example', undefined);
    await expect(verifier.problemOf('a@down.example')).resolves.toBeUndefined();
    await expect(verifier.problemOf('a@silent.example')).resolves.toBeUndefined();
    zone.set('MX down.example', mx('down.example', '.'));
    await expect(verifier.problemOf('a@down.example')).resolves.toMatch(/takes no mail/);
  });

  it('waits once for a domain whose name servers are silent, not for each of its addresses', async () => {
    const patient = new MxVerifier({ nameServers: [nameServer()], timeoutMs: 200 });
    zone.set('MX silent.example', undefined);
    for (const each of ['a', 'b', 'c'])
      await expect(patient.problemOf(`${each}@silent.example`)).resolves.toBeUndefined();
    expect(new Set(asked)).toEqual(new Set(['MX silent.example']));
    const { length } = asked;
    await patient.problemOf('d@silent.example');
    expect(asked).toHaveLength(length);
  });

  it('asks nobody about what is no address', async () => {
    await expect(verifier.problemOf('nobody')).resolves.toMatch(/must be an e-mail address/);
    await expect(new SyntaxVerifier().problemOf('nobody')).resolves.toMatch(/must be an e-mail address/);
    await expect(new SyntaxVerifier().problemOf('a@anywhere.example')).resolves.toBeUndefined();
    expect(asked).toEqual([]);
  });
});
