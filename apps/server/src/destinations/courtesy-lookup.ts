import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 300;
const KEEP_MS = 30_000;
const MAX_NAMES = 10_000;
const MAX_UNDER_WAY = 100;

/** Addresses of a name; rejects if it has none or nobody knows. */
export type ResolveName = (host: string) => Promise<string[]>;

/**
 * Asks what a name points to, so that a client is told early of a destination that its deliveries would be refused. Only a
 * courtesy: workers look again at every connection. So it takes little time, is remembered for a while, and knows nothing
 * rather than hold up a client. It asks DNS itself, because the system's resolver would hold a thread for as long as a
 * slow name takes.
 */
export class CourtesyLookup {
  private readonly names = new Map<string, { answers: Promise<string[]>; untilMs: number }>();
  private underWay = 0;

  constructor(
    private readonly resolve: ResolveName = resolveByDns,
    private readonly timeoutMs = TIMEOUT_MS,
  ) {}

  /** What is known of the name; empty if it has no address, or nothing is known in time. */
  async answers(host: string): Promise<string[]> {
    const nowMs = performance.now();
    const known = this.names.get(host);
    if (known && known.untilMs > nowMs) return known.answers;
    if (this.underWay >= MAX_UNDER_WAY) return [];
    const answers = this.ask(host);
    this.names.delete(host);
    this.names.set(host, { answers, untilMs: nowMs + KEEP_MS });
    const [oldest] = this.names.keys();
    if (this.names.size > MAX_NAMES && oldest !== undefined) this.names.delete(oldest);
    return answers;
  }

  private async ask(host: string): Promise<string[]> {
    let alarm: NodeJS.Timeout | undefined;
    const tooLate = new Promise<string[]>((resolve) => {
      alarm = setTimeout(() => resolve([]), this.timeoutMs);
    });
    this.underWay += 1;
    try {
      return await Promise.race([this.resolve(host).catch(() => []), tooLate]);
    } finally {
      clearTimeout(alarm);
      this.underWay -= 1;
    }
  }
}

async function resolveByDns(host: string): Promise<string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: 1 });
  const answers = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
  return answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
}
