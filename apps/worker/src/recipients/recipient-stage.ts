import { Injectable } from '@nestjs/common';
import type { EmailMessage, SkipReason } from '#contracts/email.js';
import type { Suppressions } from '#database/suppressions.js';
import { databaseError } from '#database/unavailable.js';
import { Logger } from '#observability/logger.js';
import { emailAddressProblem, normalizeAddress } from '#messages/email-address.js';
import { withUnsubscribeUrl } from '#messages/unsubscribe-link.js';
import type { UnsubscribeLinks } from '#messages/unsubscribe-link.js';
import { Mailer } from '../activities/email/mailer.js';
import type { MailWatch } from '../activities/email/mailer.js';
import { notFor } from '../activities/email/smtp-outcome.js';
import type { SmtpOutcome } from '../activities/email/smtp-outcome.js';
import { serverWords } from './server-words.js';

/** As an import takes it. */
const MAX_DETAIL_LENGTH = 1_000;

/** An e-mail for a tenant's recipient. */
export interface WantedEmail extends MailWatch {
  tenant: string;
  /** The same at every try. */
  id: string;
  message: EmailMessage;
}

/** The same, of which it is not known yet who of its recipients wants it. */
export interface RecipientEmail extends Omit<WantedEmail, 'only'> {
  /** Those who have not got it, as `normalizeAddress` writes them, where others have. */
  remaining?: readonly string[];
}

export type RecipientOutcome = { skipped: SkipReason } | ({ skipped?: undefined } & SmtpOutcome);

/**
 * What every message to a person goes through, whether alone or one of a million: is it still wanted, send it, and learn
 * from the answer who can not be written to.
 */
@Injectable()
export class RecipientStage {
  constructor(
    private readonly mailer: Mailer,
    private readonly logger: Logger,
    /** Undefined: there is no database, and nobody is suppressed. */
    private readonly suppressions?: Suppressions,
    /** Likewise: there is no list that anybody could opt out by. */
    private readonly links?: UnsubscribeLinks,
  ) {}

  /** Throws where it can not be found out whether the message is wanted, and `NoMailServer`. */
  async send({ message, remaining, ...email }: RecipientEmail): Promise<RecipientOutcome> {
    const reasons = await this.reasonsAgainst(email.tenant, message.to);
    const isAsked = (address: string) => remaining?.includes(normalizeAddress(address)) ?? true;
    const to = message.to.filter((address) => !reasons.has(address));
    const only = to.filter(isAsked);
    if (only.length === 0) return { skipped: reasons.get(message.to.find(isAsked) ?? '') ?? 'invalid' };
    const outcome = await this.sendWanted({ ...email, message: { ...message, to }, only });
    const leftOut = [...reasons].filter(([address]) => isAsked(address)).map(notFor);
    if (leftOut.length === 0) return outcome;
    return { ...outcome, answer: [outcome.answer ?? [], ...leftOut].flat().join('; ') };
  }

  /** Why each of these gets no message; those that may be written to are not in it. */
  async reasonsAgainst(tenant: string, addresses: readonly string[]): Promise<Map<string, SkipReason>> {
    const suppressed = await this.suppressions?.reasonsFor(tenant, addresses.map(normalizeAddress));
    const reasons = new Map<string, SkipReason>();
    for (const address of addresses) {
      const isInvalid = emailAddressProblem(address) !== undefined;
      const reason = isInvalid ? 'invalid' : suppressed?.get(normalizeAddress(address));
      if (reason) reasons.set(address, reason);
    }
    return reasons;
  }

  /** Sends to those of whom it is known that they want it. Throws `NoMailServer`. */
  async sendWanted({ tenant, id, message, ...watch }: WantedEmail): Promise<SmtpOutcome> {
    const outcome = await this.mailer.send(id, this.withWayOut(tenant, message), watch);
    // Whatever comes of this, the mail has been sent or refused; who bounced today bounces again.
    await this.suppress(tenant, outcome).catch((error: unknown) =>
      this.logger.warn({ err: databaseError(error) }, 'A bounce could not be kept'),
    );
    return outcome;
  }

  /** With the headers of RFC 8058, and the link where a text has a place for it. */
  private withWayOut(tenant: string, message: EmailMessage): EmailMessage {
    const [address, ...others] = message.to;
    if (!message.unsubscribe || !this.links || address === undefined || others.length > 0) return message;
    const url = this.links.linkFor(tenant, address);
    const { text, html, headers } = message;
    return {
      ...message,
      ...(text !== undefined && { text: withUnsubscribeUrl(text, url) }),
      ...(html !== undefined && { html: withUnsubscribeUrl(html, url) }),
      headers: {
        ...headers,
        'List-Unsubscribe': `<${url}>`,
        'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      },
    };
  }

  private async suppress(
    tenant: string,
    { bounced, bounceAnswers = {}, answer = '' }: SmtpOutcome,
  ): Promise<void> {
    for (const address of bounced) {
      const suppression = { tenant, address: normalizeAddress(address), reason: 'bounced' as const };
      // Of the others it says nothing.
      const detail = serverWords(bounceAnswers[address] ?? answer, MAX_DETAIL_LENGTH);
      await this.suppressions?.add({ ...suppression, detail });
    }
  }
}
