import { MessageTemplate } from './template.js';
import type { RenderedTemplate, TemplateSource } from './template.js';

interface Recipient {
  /** An address or a url; null where the message has a url of its own. */
  address: string | null;
  data: Record<string, unknown>;
}

/** What a message to many says to each of them. Its templates are read once. */
export class RecipientMessage {
  private readonly template?: MessageTemplate;

  constructor(
    private readonly content: { email?: TemplateSource; webhook?: { url?: string; body?: string } },
  ) {
    const { email, webhook } = content;
    if (email) this.template = MessageTemplate.parse(email);
    else if (webhook?.body !== undefined) this.template = MessageTemplate.parse({ text: webhook.body });
  }

  /** Throws `TemplateProblem` where the data is not what the template needs. */
  emailFor({ address, data }: Recipient): RenderedTemplate {
    return this.template?.render({ ...data, address: address ?? '' }) ?? {};
  }

  /** Throws `TemplateProblem` where the data is not what the template needs. */
  requestFor({ address, data }: Recipient): { url: string; body?: string } {
    const url = address ?? this.content.webhook?.url ?? '';
    return { url, body: this.template ? this.template.render({ ...data, url }).text : JSON.stringify(data) };
  }
}
