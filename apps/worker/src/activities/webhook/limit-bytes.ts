import type { Socket } from 'node:net';

/** Of one answer, all in all: interim answers, headers, body, and whatever HTTP allows between them. */
const MAX_ANSWER_BYTES = 256 * 1024;

/** An answer that is longer than any that means well. */
export class EndlessAnswer extends Error {}

/**
 * Ends the connection when an answer is too long. undici limits headers and we the body; but a status line, extensions of
 * chunks and interim answers can go on for as long as a request may take, at the speed of the network.
 */
export function limitBytes(socket: Socket, maxBytes = MAX_ANSWER_BYTES): Socket {
  const read = socket.read.bind(socket) as () => Buffer | null;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  let left = maxBytes;

  // With a request begins another answer.
  socket.write = (...args: unknown[]) => {
    left = maxBytes;
    return write(...args);
  };
  socket.read = () => {
    const chunk = read();
    left -= chunk?.length ?? 0;
    if (left >= 0) return chunk;
    socket.destroy(new EndlessAnswer(`The answer is longer than ${maxBytes} bytes`));
    return null;
  };
  return socket;
}
