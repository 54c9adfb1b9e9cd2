import { waitUntil } from '../../scripts/wait-until.js';
import type { System } from './system.js';

export interface BlastBody {
  id: string;
  status: string;
  reason: string | null;
  detail: string | null;
  counts: Record<string, number>;
  rate_now: number;
  estimated_end_at: string | null;
  credit: number;
  kill_at: string | null;
  rate: number | null;
}

export interface BlastRecipientBody {
  n: number;
  address: string | null;
  data: Record<string, unknown>;
  timezone: string | null;
  dedupe_key: string | null;
  status: string;
  attempts: number;
  send_at: string | null;
  code: number | null;
  reason: string | null;
  ended_at: string | null;
}

export interface RecipientActivityBody {
  at: string;
  event: string;
  attempt: number | null;
  code: number | null;
  reason: string | null;
}

/** Blasts by the API. */
export class Blasts {
  constructor(private readonly system: System) {}

  /** Creates a blast, which must be accepted. */
  async create(body: object): Promise<string> {
    const { body: blast } = await this.system
      .api()
      .post('/blasts')
      .send({ name: 'test', ...body })
      .expect(201);
    return (blast as BlastBody).id;
  }

  /** Uploads recipients, which must be accepted. */
  async upload(id: string, recipients: object[]): Promise<void> {
    const { body } = await this.system
      .api()
      .post(`/blasts/${id}/recipients`)
      .set('content-type', 'application/x-ndjson')
      .send(recipients.map((each) => JSON.stringify(each)).join('\n'))
      .expect(200);
    if ((body as { accepted: number }).accepted !== recipients.length)
      throw new Error('not all were accepted');
  }

  /** `start`, `pause`, `resume`, `cancel`, `retry`. */
  async tell(id: string, what: string, body?: object): Promise<BlastBody> {
    const { body: blast } = await this.system.api().post(`/blasts/${id}/${what}`).send(body).expect(200);
    return blast as BlastBody;
  }

  /** Creates a blast with recipients, if there are any, and starts it. */
  async start(body: object, recipients: object[]): Promise<string> {
    const id = await this.create(body);
    if (recipients.length > 0) await this.upload(id, recipients);
    await this.tell(id, 'start');
    return id;
  }

  /** Its recipients always add up. */
  async get(id: string): Promise<BlastBody> {
    const { body } = await this.system.api().get(`/blasts/${id}`).expect(200);
    const { counts } = body as BlastBody;
    const { total, ...others } = counts;
    const sum = Object.values(others).reduce((all, count) => all + count, 0);
    if (sum !== total) throw new Error(`the accounts do not add up: ${JSON.stringify(counts)}`);
    return body as BlastBody;
  }

  /** What was done about who has this address, or url. */
  async activity(id: string, address: string): Promise<RecipientActivityBody[]> {
    const [recipient] = await this.recipients(id, `&address=${encodeURIComponent(address)}`);
    const path = `/blasts/${id}/recipients/${recipient?.n}/activity`;
    const { body } = await this.system.api().get(path).expect(200);
    return (body as { data: RecipientActivityBody[] }).data;
  }

  async reached(id: string, status: string, timeoutMs = 40_000): Promise<BlastBody> {
    return this.until(id, `is ${status}`, (blast) => blast.status === status, timeoutMs);
  }

  async until(
    id: string,
    what: string,
    is: (blast: BlastBody) => boolean,
    timeoutMs = 40_000,
  ): Promise<BlastBody> {
    let last: BlastBody | undefined;
    return waitUntil(
      () => `blast ${id} ${what}: ${JSON.stringify(last)}`,
      async () => {
        last = await this.get(id);
        return is(last) && last;
      },
      { timeoutMs, everyMs: 100 },
    );
  }

  async recipients(id: string, query = ''): Promise<BlastRecipientBody[]> {
    const all: BlastRecipientBody[] = [];
    for (let cursor = ''; ;) {
      const path = `/blasts/${id}/recipients?limit=100${query}${cursor && `&cursor=${cursor}`}`;
      const { body } = await this.system.api().get(path).expect(200);
      const page = body as { data: BlastRecipientBody[]; next_cursor: string | null };
      all.push(...page.data);
      if (page.next_cursor === null) return all;
      cursor = page.next_cursor;
    }
  }
}
