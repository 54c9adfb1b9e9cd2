import type { EmailMessage } from '#contracts/email.js';
import type { RenderedTemplate } from '#messages/template.js';
import { emailAddressProblem, normalizeAddress, senderProblem } from '#messages/email-address.js';
import { hasUnsubscribePlaceholder } from '#messages/unsubscribe-link.js';
import { hasHalfCharacters } from '../http/plain-text.js';
import type { FieldError } from '../http/problem.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';
import { emailHeadersProblem, hasControl } from './email-headers.js';
import type { CreateEmailDto, EmailAttachmentDto } from './emails.dto.js';
import { MAX_EMAIL_BYTES } from './emails.settings.js';

/** RFC 5322 §2.1.1. */
const MAX_SUBJECT_LENGTH = 998;

/**
 * The e-mail that a request asks for, with what was rendered from a template. Throws a problem that names every field
 * which is not as it must be.
 */
export function emailMessage(body: CreateEmailDto, rendered: RenderedTemplate = {}): EmailMessage {
  const { subject = rendered.subject ?? '', text = rendered.text, html = rendered.html } = body;
  const errors = problems(body, { subject, text, html });
  if (errors.length > 0) throw invalid(errors);
  const { from, reply_to, headers, attachments, unsubscribe } = body;
  const message: EmailMessage = {
    to: recipientsOf(body),
    subject,
    ...(from !== undefined && { from }),
    ...(reply_to !== undefined && { replyTo: reply_to }),
    ...(text !== undefined && { text }),
    ...(html !== undefined && { html }),
    ...(headers && { headers }),
    ...(attachments && attachments.length > 0 && { attachments: attachments.map(attachmentOf) }),
    ...(unsubscribe && { unsubscribe }),
  };
  const bytes = Buffer.byteLength(JSON.stringify(message));
  if (bytes > MAX_EMAIL_BYTES) {
    const detail = `An e-mail with its attachments in base64 must be at most ${MAX_EMAIL_BYTES} bytes, got ${bytes}.`;
    throw new ProblemException(413, 'body-too-large', detail);
  }
  return message;
}

function problems(
  body: CreateEmailDto,
  { subject, text, html }: { subject: string; text?: string; html?: string },
): FieldError[] {
  const { from, reply_to, headers, template, data, unsubscribe, attachments } = body;
  const recipients = recipientsOf(body);
  const found: Record<string, string | undefined> = {
    to: recipients.map(addressProblem).find((problem) => problem !== undefined),
    from: from === undefined ? undefined : senderProblem(from),
    reply_to: reply_to === undefined ? undefined : senderProblem(reply_to),
    subject: subjectProblem(subject),
    headers: headers && emailHeadersProblem(headers, { unsubscribe }),
    data: data && !template ? 'is only possible with a template' : undefined,
    'text, html':
      text === undefined && html === undefined && !template ? 'must be there, at least one' : undefined,
    unsubscribe: unsubscribeProblem(recipients, { unsubscribe, texts: [text, html] }),
  };
  const halves: Record<string, unknown> = { from, reply_to, subject, text, html, headers, data };
  for (const [index, { filename }] of (attachments ?? []).entries())
    halves[`attachments.${index}.filename`] = filename;
  for (const [field, value] of Object.entries(halves))
    if (hasHalfCharacters(value)) found[field] ??= 'must not have half characters in it';
  return Object.entries(found).flatMap(([field, message]) =>
    message === undefined ? [] : { field, message },
  );
}

function addressProblem(address: string): string | undefined {
  const problem = emailAddressProblem(address);
  return problem && `${problem}, got ${shown(address)}`;
}

// Where nobody puts the link in, people would read what stands for it.
function unsubscribeProblem(
  recipients: string[],
  { unsubscribe, texts }: { unsubscribe?: boolean; texts: (string | undefined)[] },
): string | undefined {
  if (unsubscribe) return recipients.length > 1 ? 'is only possible with one recipient' : undefined;
  const hasPlace = texts.some((text) => text !== undefined && hasUnsubscribePlaceholder(text));
  return hasPlace ? 'must be true where text or html has {{ unsubscribe_url }}' : undefined;
}

function subjectProblem(subject: string): string | undefined {
  if (subject === '') return 'must be there';
  if (subject.length > MAX_SUBJECT_LENGTH) return `must be at most ${MAX_SUBJECT_LENGTH} characters`;
  if (hasUnsubscribePlaceholder(subject))
    return 'must not have {{ unsubscribe_url }}, which text and html may';
  return hasControl(subject) ? 'must be one line without control characters' : undefined;
}

/** Each once, as it is written first. */
function recipientsOf({ to }: CreateEmailDto): string[] {
  const byAddress = new Map<string, string>();
  for (const address of [to].flat()) {
    const key = normalizeAddress(address);
    if (!byAddress.has(key)) byAddress.set(key, address);
  }
  return [...byAddress.values()];
}

function attachmentOf({ filename, content_type, content_base64 }: EmailAttachmentDto) {
  return { filename, contentType: content_type, contentBase64: content_base64 };
}
