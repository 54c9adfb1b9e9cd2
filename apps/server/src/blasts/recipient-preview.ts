import type { BlastContent } from '#contracts/blast.js';
import type { StoredRecipient } from '#database/blast-recipients.js';
import { renderTemplate, TemplateProblem } from '#messages/template.js';
import type { RecipientPreviewDto } from './recipient-preview.dto.js';

const NOTHING: RecipientPreviewDto = {
  ...{ subject: null, text: null, html: null, url: null, body: null, problem: null },
};

/** What a recipient gets, or what keeps it from being made, as the worker would make it. */
export function recipientPreview(content: BlastContent, recipient: StoredRecipient): RecipientPreviewDto {
  try {
    return { ...NOTHING, ...messageOf(content, recipient) };
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    return { ...NOTHING, problem: content.webhook ? `body, ${error.problem}` : error.message };
  }
}

function messageOf(
  { email, webhook }: BlastContent,
  recipient: StoredRecipient,
): Partial<RecipientPreviewDto> {
  const { address } = recipient;
  const data = recipient.data;
  if (email) return renderTemplate(email, { ...data, address: address ?? '' });
  const url = address ?? webhook?.url ?? '';
  const { body: source } = webhook ?? {};
  const body =
    source === undefined ? JSON.stringify(data) : renderTemplate({ text: source }, { ...data, url }).text;
  return { url, body };
}
