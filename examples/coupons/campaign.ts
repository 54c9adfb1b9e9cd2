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
const UNFINISHED = ['scheduled', 'running'];
const ENDED_BADLY = ['uncertain', 'failed', 'killed'];
const ANSWER_TIMEOUT_MS = 10_000;

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
    const body = JSON.stringify({ type: 'coupon-campaign', input });
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey };
    const response = await ask(api, '/jobs', { method: 'POST', body, headers });
    if (response.status !== 201) throw new Refused(`POST /jobs: ${response.status} ${await response.text()}`);
    const { id } = (await response.json()) as { id: string };
    return new Campaign(api, input.campaign, id);
  }

  /** So far; may be read at any time. */
  async totals(): Promise<Totals> {
    const response = await ask(this.api, `/results/${encodeURIComponent(`coupon-campaign:${this.name}`)}`);
    // Nobody has added anything yet.
    if (response.status === 404) return { coupons: 0, notified: 0 };
    if (!response.ok) throw new Refused(`GET /results: ${response.status} ${await response.text()}`);
    const { counters } = (await response.json()) as { counters: Partial<Totals> };
    return { coupons: counters.coupons ?? 0, notified: counters.notified ?? 0 };
  }

  /** Whether one of its jobs is not over. */
  async goesOn(): Promise<boolean> {
    return (await this.jobsThatAre(UNFINISHED)).length > 0;
  }

  /** Some of the jobs that have not ended well. */
  async troubles(): Promise<{ id: string; status: string }[]> {
    return this.jobsThatAre(ENDED_BADLY);
  }

  private async jobsThatAre(statuses: readonly string[]): Promise<{ id: string; status: string }[]> {
    const queries = TYPES.flatMap((type) => statuses.map((status) => `type=${type}&status=${status}&limit=5`));
    const pages = await Promise.all(
      queries.map(async (query) => {
        const response = await ask(this.api, `/jobs?${query}`);
        if (!response.ok) throw new Refused(`GET /jobs: ${response.status} ${await response.text()}`);
        return (await response.json()) as { data: { id: string; status: string }[] };
      }),
    );
    return pages.flatMap(({ data }) => data);
  }
}

function ask({ url, key }: ApiAddress, path: string, init: RequestInit = {}): Promise<Response> {
  return fetch(`${url}${path}`, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), ...(key && { authorization: `Bearer ${key}` }) },
    signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS),
  });
}
