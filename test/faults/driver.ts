import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../support/app.js';
import type { TimerBody } from '../support/system.js';
import type { DriverLine, JsonLog, TimerEnd } from './logs.js';
import type { Random } from './seed.js';

const ENDED = ['delivered', 'failed', 'canceled', 'expired'];

export interface TimerOptions {
  /** Where it goes; its path is the key. */
  url: string;
  /** Seconds from now, as the API takes them. */
  seconds?: number;
  fireAt?: Date;
  ends?: TimerEnd;
  /** Further fields of the request. */
  more?: object;
  /** With a key the same POST is repeated until it is answered. */
  idempotencyKey?: string;
}

/** A client that writes down what it does and what it is told. */
export class Driver {
  private readonly accepted: { key: string; id: string }[] = [];

  constructor(
    private readonly servers: App[],
    readonly log: JsonLog<DriverLine>,
    private readonly random: Random,
    private readonly headers: Record<string, string> = {},
  ) {}

  /** Sets a timer; says how it was answered, 0 for not at all. */
  async set(options: TimerOptions): Promise<{ status: number; id?: string; retryAfter?: string | null }> {
    const { idempotencyKey } = options;
    const { key, request } = this.invoke(options);
    const headers = idempotencyKey ? { 'idempotency-key': idempotencyKey } : undefined;
    for (let left = idempotencyKey ? 60 : 0; ; left--) {
      const { status, answer, retryAfter } = await this.ask('POST', '/timers', request, headers);
      const atMs = Date.now();
      if (status === 201) {
        const { id } = this.accept(key, answer as TimerBody);
        return { status, id };
      }
      const isOpen = status === 0 || status >= 500 || (idempotencyKey && status === 409);
      this.log.write({ type: isOpen ? 'info' : 'fail', key, atMs, status });
      if (!isOpen || left === 0) return { status, retryAfter };
      await sleep(500);
    }
  }

  /** Up to 1,000 timers in one request. */
  async setBatch(timers: TimerOptions[]): Promise<number[]> {
    const invoked = timers.map((timer) => this.invoke(timer));
    const { status, answer } = await this.ask('POST', '/timers/batch', {
      timers: invoked.map(({ request }) => request),
    });
    const { results } = (status === 200 ? answer : {}) as {
      results?: { status: number; timer: TimerBody }[];
    };
    return invoked.map(({ key }, index) => {
      const result = results?.[index] ?? { status, timer: undefined };
      if (result.status === 201 && result.timer) this.accept(key, result.timer);
      else {
        const isOpen = result.status === 0 || result.status >= 500;
        this.log.write({ type: isOpen ? 'info' : 'fail', key, atMs: Date.now(), status: result.status });
      }
      return result.status;
    });
  }

  /** As many as given, so many at a time. */
  async setAll(timers: TimerOptions[], concurrency = 32): Promise<number[]> {
    const statuses: number[] = [];
    let next = 0;
    const client = async () => {
      for (let index = next++; index < timers.length; index = next++) {
        statuses[index] = (await this.set(timers[index] as TimerOptions)).status;
      }
    };
    await Promise.all(Array.from({ length: concurrency }, client));
    return statuses;
  }

  /** The status that a cancel was answered with. */
  async cancel(key: string, id: string): Promise<number> {
    const { status } = await this.ask('DELETE', `/timers/${id}`);
    const isOpen = status === 0 || status === 202 || status >= 500;
    if (status === 200) this.log.write({ type: 'canceled', key, atMs: Date.now() });
    else if (isOpen) this.log.write({ type: 'perhaps canceled', key, atMs: Date.now() });
    return status;
  }

  async move(key: string, id: string, fireAt: Date): Promise<number> {
    const { status, answer } = await this.ask('PATCH', `/timers/${id}`, { fire_at: fireAt.toISOString() });
    const { fire_at = '' } = (answer ?? {}) as TimerBody;
    if (status === 200) this.log.write({ type: 'moved', key, atMs: Date.now(), dueMs: Date.parse(fire_at) });
    return status;
  }

  async get(id: string): Promise<{ status: number; timer?: TimerBody }> {
    const { status, answer } = await this.ask('GET', `/timers/${id}`);
    return { status, timer: status === 200 ? (answer as TimerBody) : undefined };
  }

  /** Asks for every accepted timer until it has ended, or until the time is over, and writes down what it is. */
  async settle(timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const settleOne = async ({ key, id }: { key: string; id: string }) => {
      for (;;) {
        const { status, timer } = await this.get(id);
        const said = timer?.status ?? `HTTP ${status}`;
        if (ENDED.includes(said) || Date.now() > deadline)
          return this.log.write({ type: 'final', key, atMs: Date.now(), status: said });
        await sleep(500);
      }
    };
    let next = 0;
    const client = async () => {
      for (let index = next++; index < this.accepted.length; index = next++)
        await settleOne(this.accepted[index] as { key: string; id: string });
    };
    await Promise.all(Array.from({ length: 16 }, client));
  }

  /** A request to one of the servers; 0 if there is no answer. */
  async ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
    const server = this.random.pick(this.servers);
    try {
      const response = await fetch(`${server.url}${path}`, {
        method,
        headers: { ...(body && { 'content-type': 'application/json' }), ...this.headers, ...headers },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(10_000),
      });
      const answer: unknown = await response.json();
      return { status: response.status, answer, retryAfter: response.headers.get('retry-after') };
    } catch {
      return { status: 0 };
    }
  }

  /** Writes down that a timer is asked for, before anything goes out. */
  invoke({ url, seconds, fireAt, ends = 'delivered', more = {} }: TimerOptions) {
    const key = new URL(url).pathname;
    const request: Record<string, unknown> = {
      ...{ url, body: { key, filler: 'x'.repeat(this.random.between(0, 200)) } },
      ...(fireAt ? { fire_at: fireAt.toISOString() } : { seconds }),
      ...more,
    };
    const sha256 = createHash('sha256').update(JSON.stringify(request.body)).digest('hex');
    this.log.write({ type: 'invoke', key, atMs: Date.now(), sha256, ends });
    return { key, request };
  }

  accept(key: string, { id, fire_at }: TimerBody): { id: string } {
    this.accepted.push({ key, id });
    this.log.write({ type: 'ok', key, atMs: Date.now(), id, dueMs: Date.parse(fire_at) });
    return { id };
  }
}
