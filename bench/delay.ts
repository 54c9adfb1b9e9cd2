import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { answerQuestions } from './forked.js';

export type DelayQuestion = 'port';

const [target, oneWay] = process.argv.slice(2).map(Number) as [number, number];

/**
 * A network in between: what comes in goes on after the time that one way takes. This machine's own TCP greets at once,
 * so the first bytes of a connection are kept for one way there and back more, as if they had waited for the greeting.
 */
const server = createServer((near) => {
  const greetedMs = performance.now() + 2 * oneWay;
  const far = connect(target, '127.0.0.1');
  carry(near, far, greetedMs);
  carry(far, near, 0);
});

function carry(from: Socket, to: Socket, notBeforeMs: number): void {
  from.setNoDelay(true);
  // Each takes as long as the one before it or less, so that nothing overtakes.
  const later = (act: () => void) => {
    const nowMs = performance.now();
    setTimeout(act, Math.max(nowMs, notBeforeMs) + oneWay - nowMs);
  };
  from.on('data', (bytes) => later(() => to.write(bytes)));
  from.on('end', () => later(() => to.end()));
  from.on('error', () => to.destroy());
}

// On every address of the loopback network, so that it is as many destinations as are wanted.
server.listen(0, '0.0.0.0', () => {
  answerQuestions<DelayQuestion, number>(() => (server.address() as AddressInfo).port);
});
