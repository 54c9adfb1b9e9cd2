import { waitUntil } from '../../scripts/wait-until.js';

/** Where the API is, and as whom it is asked. */
export interface ApiAddress {
  url: string;
  /** API key, where they are on. */
  key?: string;
}

export interface CampaignInput {
  campaign: string;
  notify_url: string;
  amount_cents: number;
  page_size?: number;
}

/** What the campaign's jobs have added up. */
export interface Totals {
  coupons: number;
  notified: number;
}

const TYPES = ['coupon-campaign', 'coupon-batch'];
const UNFINISHED = 'scheduled,running';
const ENDED_BADLY = 'uncertain,failed,killed';
const ANSWER_TIMEOUT_MS = 10_000;

interface JobLine {
  id: string;
  status: string;
}

interface JobPage {
  data: JobLine[];
  next_cursor: string | null;
}

/** A job, as far as the example looks at it. */
export interface Job extends JobLine {
  type: string;
  parent_id: string | null;
  children: { total: number; ids: string[] };
}

/** The API has refused something. */
export class Refused extends Error {}

/** A campaign as a client of the REST API sees it. */
export class Campaign {
  private constructor(
    private readonly api: ApiAddress,
    private readonly name: string,
    readonly jobId: string,
  ) {}

  static async start(
    api: ApiAddress,
    input: CampaignInput,
    idempotencyKey = input.campaign,
  ): Promise<Campaign> {
    // Workers publish what they have a moment after they are ready.
    await waitUntil('a worker has published the job type', async () => {
      const { data } = await read<{ data: { type: string }[] }>(api, '/job-types');
      return data.some(({ type }) => type === 'coupon-campaign');
    });
    const body = JSON.stringify({ type: 'coupon-campaign', input });
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const response = await ask(api, '/jobs', { method: 'POST', body, headers });
    if (response.status !== 201) throw new Refused(`POST /jobs: ${response.status} ${await response.text()}`);
    const { id } = (await response.json()) as { id: string };
    return new Campaign(api, input.campaign, id);
  }

  /** So far; may be read at any time. */
  async totals(): Promise<Totals> {
    const path = `/results/${encodeURIComponent(`coupon-campaign:${this.name}`)}`;
    const response = await ask(this.api, path);
    // Nobody has added anything yet.
    if (response.status === 404) return { coupons: 0, notified: 0 };
    if (!response.ok) throw new Refused(`GET ${path}: ${response.status} ${await response.text()}`);
    const { counters } = (await response.json()) as { counters: Partial<Totals> };
    return { coupons: counters.coupons ?? 0, notified: counters.notified ?? 0 };
  }

  /** Of its jobs: by default the first. */
  job(id = this.jobId): Promise<Job> {
    return read<Job>(this.api, `/jobs/${id}`);
  }

  /** Whether one of the jobs of campaigns is not over. A page may be empty and still not be the last. */
  async goesOn(): Promise<boolean> {
    const pages = await this.jobsThatAre(UNFINISHED);
    return pages.some(({ data, next_cursor }) => data.length > 0 || next_cursor !== null);
  }

  /** Some of the jobs that have not ended well. */
  async troubles(): Promise<JobLine[]> {
    return (await this.jobsThatAre(ENDED_BADLY)).flatMap(({ data }) => data);
  }

  private async jobsThatAre(statuses: string): Promise<JobPage[]> {
    return Promise.all(
      TYPES.map((type) => read<JobPage>(this.api, `/jobs?type=${type}&status=${statuses}&limit=10`)),
    );
  }
}

/** Throws `Refused` if it is not answered with 200. */
async function read<T>(api: ApiAddress, path: string): Promise<T> {
  const response = await ask(api, path);
  if (!response.ok) throw new Refused(`GET ${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

/** Asks again where the answer is that it is too much at the moment. A POST has its `Idempotency-Key`. */
async function ask({ url, key }: ApiAddress, path: string, init: RequestInit = {}): Promise<Response> {
  const headers = {
    ...(init.headers as Record<string, string>),
    ...(key && { authorization: `Bearer ${key}` }),
  };
  return waitUntil(`${path} is answered`, async () => {
    const signal = AbortSignal.timeout(ANSWER_TIMEOUT_MS);
    const response = await fetch(`${url}${path}`, { ...init, headers, signal });
    return response.status !== 503 && response;
  });
}
