import { EventEmitter } from 'node:events';

/** As undici understands it: an event `abort`, and whether it was before anybody listened. */
class DeadlineSignal extends EventEmitter {
  aborted = false;
}

/**
 * Breaks a request off that takes too long. Unlike `AbortSignal.timeout` it goes with the request: a signal stays in
 * memory until its time is over, and at thousands of requests per second those of the last half a minute fill it.
 */
export class Deadline {
  readonly signal = new DeadlineSignal();
  private readonly alarm: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.alarm = setTimeout(() => {
      this.signal.aborted = true;
      this.signal.emit('abort');
    }, timeoutMs);
  }

  /** To be called when the request has ended. */
  clear(): void {
    clearTimeout(this.alarm);
  }
}
