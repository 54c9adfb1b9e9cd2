import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from './forked.js';

/** What came for one tag: which timer, and when by this process's clock. */
export interface Arrival {
  index: number;
  atMs: number;
}

/** With a tag: how many different timers came, or every arrival. */
export type ReceiverQuestion = { ask: 'port' } | { ask: 'count' | 'arrivals'; tag: string };
export type ReceiverAnswer = number | Arrival[];

const arrivals = new Map<string, Arrival[]>();

// The time is taken before anything else is done: when the head of the request has been read.
const receive: RequestListener = (request, response) => {
  const atMs = Date.now();
  const [, tag = '', index = ''] = (request.url ?? '').split('/');
  const ofTag = arrivals.get(tag) ?? [];
  arrivals.set(tag, ofTag);
  ofTag.push({ index: Number(index), atMs });
  request.resume();
  response.end();
};

// With a certificate where it is told one: see `certificate.ts`.
const [certificate] = process.argv.slice(2);
const server = certificate
  ? createTlsServer(JSON.parse(certificate) as { key: string; cert: string }, receive)
  : createServer(receive);

server.listen(0, '127.0.0.1', () => {
  answerQuestions<ReceiverQuestion, ReceiverAnswer>((question) => {
    if (question.ask === 'port') return (server.address() as AddressInfo).port;
    const ofTag = arrivals.get(question.tag) ?? [];
    return question.ask === 'count' ? new Set(ofTag.map(({ index }) => index)).size : ofTag;
  });
});
