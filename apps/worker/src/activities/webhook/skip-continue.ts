import type { Socket } from 'node:net';

const CONTINUE = /^HTTP\/1\.[01] 100[ \r]/;
const BEGINNINGS = ['HTTP/1.1 100 ', 'HTTP/1.0 100 '];
const LONGEST_BEGINNING = 13;
const END_OF_HEAD = '\r\n\r\n';
const MAX_HEAD_BYTES = 1_024;
const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Takes every `100 Continue` away before undici reads it. undici ends the connection at one that it did not ask for; yet a
 * client must read over it (RFC 9110, 15.2), and proxies and older servers do send it. A receiver that has done its work
 * would be sent the same again.
 */
export function skipContinue(socket: Socket): Socket {
  const read = socket.read.bind(socket) as () => Buffer | null;
  const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
  /** Nothing of the answer to the last request has come yet. */
  let expecting = true;
  let held = NOTHING;

  socket.write = (...args: unknown[]) => {
    expecting = true;
    return write(...args);
  };
  socket.read = () => {
    const chunk = read();
    if (!expecting || chunk === null) return chunk;
    let bytes = held.length > 0 ? Buffer.concat([held, chunk]) : chunk;
    held = NOTHING;
    while (mayBeContinue(bytes)) {
      const end = bytes.indexOf(END_OF_HEAD);
      if (end === -1 && bytes.length > MAX_HEAD_BYTES) break;
      if (end === -1) {
        held = bytes;
        return null;
      }
      bytes = bytes.subarray(end + END_OF_HEAD.length);
    }
    if (bytes.length === 0) return null;
    expecting = false;
    return bytes;
  };
  return socket;
}

/** Whether these bytes are, or could become, the head of such an answer. */
function mayBeContinue(bytes: Buffer): boolean {
  const text = bytes.toString('latin1', 0, LONGEST_BEGINNING);
  if (text.length < LONGEST_BEGINNING)
    return text !== '' && BEGINNINGS.some((beginning) => beginning.startsWith(text));
  return CONTINUE.test(text);
}
