import { Injectable, Optional } from '@nestjs/common';
import { eq } from 'drizzle-orm';
import { Database } from '#database/database.js';
import { tenants } from '#database/schema.js';
import { Suppressions } from '#database/suppressions.js';
import { isDatabaseUnavailable } from '#database/unavailable.js';
import { normalizeAddress } from '#messages/email-address.js';
import { UnsubscribeLinks } from '#messages/unsubscribe-link.js';
import { ONLY_TENANT } from '../tenants/tenant.js';
import type { Page } from './page.js';

const UNKNOWN: Page = {
  status: 404,
  title: 'This link is not valid',
  text: 'Perhaps it was cut. Please copy all of it out of the e-mail, or answer the e-mail instead.',
};
const UNAVAILABLE: Page = {
  status: 503,
  title: 'Please try again in a moment',
  text: 'Nothing was changed, because a part of this service does not answer just now.',
};

/** Whom a link concerns, as far as a page shows it. */
interface Subscriber {
  tenant: string;
  address: string;
  /** Enough to recognize one's own, and no more: links are in the logs of others. */
  shown: string;
  /** Who sends. */
  sender: string;
}

/** Takes people off by the links in their e-mails. A page is the answer, whatever comes of it. */
@Injectable()
export class UnsubscribeService {
  private readonly suppressions?: Suppressions;

  constructor(
    @Optional() private readonly database?: Database,
    @Optional() private readonly links?: UnsubscribeLinks,
  ) {
    if (database) this.suppressions = new Suppressions(database);
  }

  /** Changes nothing: those who look through e-mails for danger follow links. */
  show(token: string): Promise<Page> {
    return this.page(token, ({ shown, sender }) =>
      Promise.resolve({
        status: 200,
        title: 'Unsubscribe',
        text: `Shall ${shown} get no more e-mails from ${sender}?`,
        button: { label: 'Unsubscribe', path: token },
      }),
    );
  }

  optOut(token: string): Promise<Page> {
    return this.page(token, async ({ tenant, address, shown, sender }, suppressions) => {
      await suppressions.optOut(tenant, address, 'by a link in an e-mail');
      return {
        status: 200,
        title: 'You are unsubscribed',
        text: `${shown} gets no more e-mails from ${sender}. Was this a mistake?`,
        button: { label: 'Subscribe again', path: `${token}/undo` },
      };
    });
  }

  /** Only of opting out: an address that is on the list for something else stays on it. */
  undo(token: string): Promise<Page> {
    return this.page(token, async ({ tenant, address, shown, sender }, suppressions) => {
      await suppressions.remove(tenant, address, 'opted-out');
      const button = { label: 'Unsubscribe', path: `../${token}` };
      const left = await suppressions.find(tenant, address);
      if (!left)
        return {
          status: 200,
          title: 'Welcome back',
          text: `${shown} gets e-mails from ${sender} again.`,
          button,
        };
      const text = `${sender} sends nothing to ${shown} for another reason. Please ask them.`;
      return { status: 200, title: 'You still get no e-mails', text };
    });
  }

  private async page(
    token: string,
    pageFor: (subscriber: Subscriber, suppressions: Suppressions) => Promise<Page>,
  ): Promise<Page> {
    const found = this.links?.read(token);
    if (!found || !this.suppressions) return UNKNOWN;
    const address = normalizeAddress(found.address);
    try {
      const sender = await this.nameOf(found.tenant);
      return await pageFor(
        { tenant: found.tenant, address, shown: shorten(address), sender },
        this.suppressions,
      );
    } catch (error) {
      if (isDatabaseUnavailable(error)) return UNAVAILABLE;
      throw error;
    }
  }

  private async nameOf(tenant: string): Promise<string> {
    if (!this.database || tenant === ONLY_TENANT.id) return 'this sender';
    const rows = await this.database.orm
      .select({ name: tenants.name })
      .from(tenants)
      .where(eq(tenants.id, tenant));
    return rows[0]?.name ?? 'this sender';
  }
}

function shorten(address: string): string {
  const at = address.lastIndexOf('@');
  return `${[...address][0]}…${address.slice(at)}`;
}
