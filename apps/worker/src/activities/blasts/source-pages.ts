import { Injectable } from '@nestjs/common';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import type { NewRecipient } from '#database/blast-listing.js';
import { DestinationBlocked } from '#destinations/destination-policy.js';
import { readRecipient } from '#messages/recipient-record.js';
import { ServiceCalls } from '../jobs/service-calls.js';

/** Recipients that one page may have. */
const MAX_PAGE = 10_000;

export interface RecipientPage {
  recipients: NewRecipient[];
  next: string | null;
}

/** Where a page is; the first has the number 1. */
export interface PagePlace {
  url: string;
  number: number;
}

/** The pages can not be read, and will not be by asking again. */
export class BrokenSource extends Error {}
/** A page does not come now, and may by asking again. The engine keeps its message, so it does not name the url. */
export class SourceAway extends Error {}

/** Reads recipients where somebody else keeps them: pages of JSON, each of which says where the next one is. */
@Injectable()
export class SourcePages {
  constructor(private readonly calls: ServiceCalls) {}

  async read(place: PagePlace, channel: 'email' | 'webhook', signal: AbortSignal): Promise<RecipientPage> {
    const { url } = place;
    const page = nameOf(place);
    const { statusCode, text } = await this.calls
      .call({ url, method: 'GET' }, signal)
      .catch((error: unknown) => {
        if (!(error instanceof DestinationBlocked)) throw error;
        throw new BrokenSource(`${page} is where nothing may be read: ${error.message}.`);
      });
    if (statusCode >= 500 || statusCode === 429) throw new SourceAway(`answered ${statusCode}`);
    if (statusCode !== 200) throw new BrokenSource(`${page} answered ${statusCode}.`);
    const { data, next = null } = pageIn(text, page);
    const recipients = data.map((record, index) => {
      const read = readRecipient(record, channel);
      if (typeof read === 'string') throw new BrokenSource(`${page}: item ${index + 1} of its data ${read}.`);
      return read;
    });
    if (next === null) return { recipients, next };
    const absolute = URL.canParse(next, url) ? new URL(next, url).href : next;
    const problem = webhookUrlProblem(absolute);
    if (problem) throw new BrokenSource(`${page}: its next ${problem}.`);
    if (absolute === url) throw new BrokenSource(`${page}: its next is that page itself.`);
    return { recipients, next: absolute };
  }
}

/** Without its query, in which there may be a secret. */
export function nameOf({ url, number }: PagePlace): string {
  const { origin, pathname } = new URL(url);
  return `Page ${number} of the source (${origin}${pathname})`;
}

function pageIn(text: string, page: string): { data: unknown[]; next?: string | null } {
  let read: { data?: unknown; next?: unknown } | null;
  try {
    read = JSON.parse(text) as typeof read;
  } catch {
    throw new BrokenSource(`${page} is no JSON.`);
  }
  const { data, next } = read ?? {};
  if (!Array.isArray(data) || data.length > MAX_PAGE)
    throw new BrokenSource(`${page} has no data: a list of at most ${MAX_PAGE} recipients.`);
  if (next !== undefined && next !== null && typeof next !== 'string')
    throw new BrokenSource(`${page} has a next that is neither a url nor null.`);
  return { data, next };
}
