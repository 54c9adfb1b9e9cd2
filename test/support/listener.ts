import { waitUntil } from '../../scripts/wait-until.js';
import type { App } from './app.js';

export interface ServerSentEvent {
  id: string;
  event: string;
  data: { type: string; timestamp: string; data: { id: string; status: string; fire_at: string } };
}

/** A client of `GET /events` that keeps what it hears. */
export class Listener {
  readonly events: ServerSentEvent[] = [];
  /** All that came, as it came. */
  text = '';
  /** Resolves when the stream is over, however it ended. */
  readonly over: Promise<void>;
  private unread = '';

  private constructor(
    response: Response,
    private readonly abort: AbortController,
  ) {
    this.over = this.read(response).catch(() => undefined);
  }

  static async open(server: App, lastEventId?: string, key?: string): Promise<Listener> {
    const abort = new AbortController();
    const headers = {
      ...(lastEventId !== undefined && { 'last-event-id': lastEventId }),
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
    };
    const response = await fetch(`${server.url}/events`, { headers, signal: abort.signal });
    if (response.status !== 200) throw new Error(`GET /events was answered with ${response.status}`);
    return new Listener(response, abort);
  }

  get lastEventId(): string | undefined {
    return this.events.at(-1)?.id;
  }

  /** What it heard about a timer, without what came again. */
  typesOf(timerId: string): string[] {
    const events = this.events.filter(({ data }) => data.data.id === timerId);
    return [...new Map(events.map(({ id, event }) => [id, event])).values()];
  }

  async heard(timerId: string, ...types: string[]): Promise<void> {
    const what = () => `${types.join(', ')} of ${timerId}, heard was ${this.typesOf(timerId).join(', ')}`;
    await waitUntil(what, () => types.every((type) => this.typesOf(timerId).includes(type)));
  }

  /** Breaks the connection. */
  async cut(): Promise<void> {
    this.abort.abort();
    await this.over;
  }

  private async read(response: Response): Promise<void> {
    const decoder = new TextDecoder();
    for await (const bytes of response.body as unknown as AsyncIterable<Uint8Array>) {
      const text = decoder.decode(bytes, { stream: true });
      this.text += text;
      this.unread += text;
      const blocks = this.unread.split('\n\n');
      this.unread = blocks.pop() ?? '';
      for (const block of blocks) this.take(block);
    }
  }

  private take(block: string): void {
    const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    const data = field('data');
    if (!data) return;
    const body = JSON.parse(data) as ServerSentEvent['data'];
    this.events.push({ id: field('id'), event: field('event'), data: body });
  }
}
