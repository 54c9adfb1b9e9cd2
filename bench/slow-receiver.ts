import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerQuestions } from './forked.js';

/** Longer than a benchmark's receiver ever takes, and short enough that all get their turn. */
const ANSWER_AFTER_MS = 3_000;

const server = createServer((request, response) => {
  request.resume();
  setTimeout(() => response.end(), ANSWER_AFTER_MS);
});

// On every address of the loopback network, so that it is as many destinations as are wanted.
server.listen(0, '0.0.0.0', () => {
  answerQuestions<'port', number>(() => (server.address() as AddressInfo).port);
});
