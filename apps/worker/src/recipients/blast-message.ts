import type { BlastContent, BlastRetry, OnUncertain } from '#contracts/blast.js';
import { messageId } from '#contracts/blast.js';
import type { Delivery } from '#contracts/delivery.js';
import type { EmailMessage } from '#contracts/email.js';
import type { ClaimedRecipient } from '#database/blast-sending.js';
import { MessageTemplate } from '#messages/template.js';

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
  private readonly template?: MessageTemplate;

  constructor(private readonly rules: Pick<BlastRules, 'id' | 'content'>) {
    const { email, webhook } = rules.content;
    if (email) this.template = MessageTemplate.parse(email);
    else if (webhook?.body !== undefined) this.template = MessageTemplate.parse({ text: webhook.body });
  }

  /** Throws `TemplateProblem` where the data is not what the template needs. */
  emailFor({ address, data }: ClaimedRecipient): EmailMessage {
    const { from, replyTo, headers, unsubscribe } = this.rules.content.email ?? { unsubscribe: false };
    const to = address ?? '';
    const { subject = '', ...parts } = this.template?.render({ ...data, address: to }) ?? {};
    return { to: [to], subject, ...parts, from, replyTo, headers, unsubscribe };
  }

  /** Throws `TemplateProblem` where the data is not what the template needs. */
  requestFor({ seq, address, data, attempts }: ClaimedRecipient, atMs: number): Delivery {
    const { url = '', method = 'POST', headers, timeoutMs } = this.rules.content.webhook ?? {};
    const body = this.template
      ? this.template.render({ ...data, url: address ?? url }).text
      : JSON.stringify(data);
    return {
      ...{ index: 0, id: messageId(this.rules.id, seq), attempt: attempts, atMs },
      ...{ url: address ?? url, method, headers, body, timeoutMs },
    };
  }
}
