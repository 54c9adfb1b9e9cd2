import type { BlastContent } from '#contracts/blast.js';
import type { StoredRecipient } from '#database/blast-recipients.js';
import { RecipientMessage } from '#messages/recipient-message.js';
import { TemplateProblem } from '#messages/template.js';
import type { RecipientPreviewDto } from './recipient-preview.dto.js';

const NOTHING: RecipientPreviewDto = {
  ...{ subject: null, text: null, html: null, url: null, body: null, problem: null },
};

/** What a recipient gets, or what keeps it from being made, as the worker would make it. */
export function recipientPreview(content: BlastContent, recipient: StoredRecipient): RecipientPreviewDto {
  try {
    const message = new RecipientMessage(content);
    const said = content.email ? message.emailFor(recipient) : message.requestFor(recipient);
    return { ...NOTHING, ...said };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    return { ...NOTHING, problem: content.webhook ? `body, ${error.problem}` : error.message };
  }
}
