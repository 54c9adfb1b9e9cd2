import type { Readable } from 'node:stream';
import { MAX_KEPT_ANSWER_BYTES } from '#contracts/delivery.js';

/** Of an answer's body this much is read, so that the connection can be used again; more is cut off. */
const MAX_READ_BYTES = 64 * 1024;
/** And for this long. */
const READ_TIMEOUT_MS = 2_000;

/** The body of an answer: its beginning is kept, the rest only read, and neither may cost much. */
export class AnswerBody {
  private readonly kept: Buffer[] = [];
  private keptBytes = 0;
  private keptAll: () => void = () => undefined;
  private readonly whenKept = new Promise<void>((resolve) => (this.keptAll = resolve));
  private readonly whenRead: Promise<void>;

  constructor(body: Readable, timeoutMs = READ_TIMEOUT_MS) {
    this.whenRead = new Promise((resolve) => this.consume(body, timeoutMs, resolve));
  }

  /** As text; bytes that are no UTF-8 and control characters are replaced. Undefined if there is nothing. */
  async beginning(): Promise<string | undefined> {
    await this.whenKept;
    if (this.keptBytes === 0) return undefined;
    const text = new TextDecoder().decode(Buffer.concat(this.kept));
    // eslint-disable-next-line no-control-regex
    return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '\ufffd') || undefined;
  }

  /** Resolves when the connection is free again. */
  read(): Promise<void> {
    return this.whenRead;
  }

  private consume(body: Readable, timeoutMs: number, onRead: () => void): void {
    const overdue = setTimeout(() => body.destroy(), timeoutMs);
    let bytes = 0;
    body.on('data', (chunk: Buffer) => {
      this.keep(chunk);
      bytes += chunk.length;
      if (bytes > MAX_READ_BYTES) body.destroy();
    });
    const end = () => {
      clearTimeout(overdue);
      this.keptAll();
      onRead();
    };
    // The status has decided already.
    body.on('error', () => undefined);
    if (body.closed) end();
    else body.once('close', end);
  }

  private keep(chunk: Buffer): void {
    const part = chunk.subarray(0, MAX_KEPT_ANSWER_BYTES - this.keptBytes);
    if (part.length > 0) this.kept.push(part);
    this.keptBytes += part.length;
    if (this.keptBytes === MAX_KEPT_ANSWER_BYTES) this.keptAll();
  }
}
