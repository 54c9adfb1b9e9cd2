import type { BlastContent, BlastRetry, OnUncertain } from '#contracts/blast.js';
import { messageId } from '#contracts/blast.js';
import type { Delivery } from '#contracts/delivery.js';
import type { EmailMessage } from '#contracts/email.js';
import type { ClaimedRecipient } from '#database/blast-sending.js';
import { RecipientMessage } from '#messages/recipient-message.js';

/** What a blast's messages are made and judged by. */
export interface BlastRules {
  id: string;
  tenant: string;
  content: BlastContent;
  retry: BlastRetry;
  onUncertain: OnUncertain;
}

/** The message of a blast for each of its recipients. Its templates are read once. */
export class BlastMessage {
  private readonly said: RecipientMessage;

  constructor(private readonly rules: Pick<BlastRules, 'id' | 'content'>) {
    this.said = new RecipientMessage(rules.content);
  }

  /** Throws `TemplateProblem` where the data is not what the template needs. */
  emailFor(recipient: ClaimedRecipient): EmailMessage {
    const { from, replyTo, headers, unsubscribe } = this.rules.content.email ?? { unsubscribe: false };
    const { subject = '', ...parts } = this.said.emailFor(recipient);
    return { to: [recipient.address ?? ''], subject, ...parts, from, replyTo, headers, unsubscribe };
  }

  /** Throws `TemplateProblem` where the data is not what the template needs. */
  requestFor(recipient: ClaimedRecipient, atMs: number): Delivery {
    const { method = 'POST', headers, timeoutMs } = this.rules.content.webhook ?? {};
    return {
      ...{ index: 0, id: messageId(this.rules.id, recipient.seq), attempt: recipient.attempts, atMs },
      ...{ method, headers, timeoutMs, ...this.said.requestFor(recipient) },
    };
  }
}
