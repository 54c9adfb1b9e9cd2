import type { BlastContent } from '#contracts/blast.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { senderProblem } from '#messages/email-address.js';
import { MessageTemplate, TemplateProblem } from '#messages/template.js';
import type { TemplatePart } from '#messages/template.js';
import {
  asksForUnsubscribeUrl,
  SUBJECT_WITH_LINK,
  unsubscribeUrlProblem,
} from '#messages/unsubscribe-link.js';
import { emailHeadersProblem } from '../emails/email-headers.js';
import { allChecked, checkFields } from '../http/all-checked.js';
import { shown } from '../http/validation.js';
import { byLowerCaseName, headersProblem } from '../timers/request-headers.js';
import type { BlastEmailDto, BlastTemplateDto, BlastWebhookDto } from './blast-content.dto.js';
import type { CreateBlastDto } from './create-blast.dto.js';

/** A template as it is stored. */
export interface FoundTemplate {
  name: string;
  version: number;
  subject: string | null;
  text: string | null;
  html: string | null;
}

type FindTemplate = (template: BlastTemplateDto) => Promise<FoundTemplate>;
type Parts = Partial<Record<TemplatePart, string>>;

/** What everybody gets. Throws a problem if that is nothing, can not be sent, or can not be read as Liquid. */
export async function blastContent(
  { channel, email, webhook }: Pick<CreateBlastDto, 'channel' | 'email' | 'webhook'>,
  findTemplate: FindTemplate,
): Promise<BlastContent> {
  const notBoth = `is not possible with the channel ${channel}`;
  const missing = `must be given with the channel ${channel}`;
  checkFields({
    email: channel === 'email' ? (email ? undefined : missing) : email && notBoth,
    webhook: channel === 'webhook' ? (webhook ? undefined : missing) : webhook && notBoth,
  });
  if (webhook) return { webhook: webhookContent(webhook) };
  return { email: await emailContent(email as BlastEmailDto, findTemplate) };
}

async function emailContent(
  { template, subject, text, html, from, reply_to, headers, unsubscribe }: BlastEmailDto,
  findTemplate: FindTemplate,
): Promise<NonNullable<BlastContent['email']>> {
  const own = { subject, text, html };
  const isBeside = template !== undefined && (text ?? html) !== undefined;
  const [found] = await allChecked(
    () => (template && !isBeside ? findTemplate(template) : undefined),
    () =>
      checkFields({
        'email.template': isBeside ? 'is not possible beside text and html' : undefined,
        'email.from': senderProblemOf(from),
        'email.reply_to': senderProblemOf(reply_to),
        'email.headers': headers && emailHeadersProblem(headers, { unsubscribe }),
        ...(!template && partsProblems(own, unsubscribe)),
      }),
  );
  const parts = found ? { subject: subject ?? orNone(found.subject), ...bodies(found) } : own;
  if (found) checkFields(partsProblems(parts, unsubscribe));
  return {
    ...(found && { template: { name: found.name, version: found.version } }),
    // That there is one was checked.
    ...{ ...parts, subject: parts.subject ?? '', from, replyTo: reply_to, headers, unsubscribe },
  };
}

function partsProblems(
  { subject, text, html }: Parts,
  unsubscribe: boolean,
): Record<string, string | undefined> {
  const isMissing = text === undefined && html === undefined;
  const hasLink = asksForUnsubscribeUrl(text ?? '') || asksForUnsubscribeUrl(html ?? '');
  return {
    email: isMissing ? 'must have a text, an html or a template' : undefined,
    'email.subject': subjectProblem(subject),
    'email.text': unsubscribeUrlProblem(text ?? '') ?? liquidProblem('text', text),
    'email.html': unsubscribeUrlProblem(html ?? '') ?? liquidProblem('html', html),
    // Where nobody puts the link in, people would read what stands for it.
    'email.unsubscribe':
      hasLink && !unsubscribe ? 'must be true where text or html has {{ unsubscribe_url }}' : undefined,
  };
}

function webhookContent({
  url,
  method,
  headers = {},
  body,
  timeout_seconds,
}: BlastWebhookDto): NonNullable<BlastContent['webhook']> {
  checkFields({
    'webhook.url': url === undefined ? undefined : webhookUrlProblem(url),
    'webhook.headers': headersProblem(headers),
    'webhook.body': asksForUnsubscribeUrl(body ?? '')
      ? 'must not have {{ unsubscribe_url }}, which only mails may'
      : liquidProblem('text', body),
  });
  const all = { 'content-type': 'application/json', ...byLowerCaseName(headers) };
  return { url, method, headers: all, body, timeoutMs: timeout_seconds * 1_000 };
}

function senderProblemOf(address: string | undefined): string | undefined {
  const problem = address === undefined ? undefined : senderProblem(address);
  return problem && `${problem}, got ${shown(address)}`;
}

function subjectProblem(subject: string | undefined): string | undefined {
  if (subject === undefined) return 'must be given, here or in a template';
  if (asksForUnsubscribeUrl(subject)) return SUBJECT_WITH_LINK;
  return liquidProblem('subject', subject);
}

/** Why it can not be read, with the line; undefined if it can. */
function liquidProblem(part: TemplatePart, written: string | undefined): string | undefined {
  try {
    MessageTemplate.parse({ [part]: written });
    return undefined;
  } catch (error) {
    if (!(error instanceof TemplateProblem)) throw error;
    return error.problem;
  }
}

function bodies({ text, html }: FoundTemplate): Parts {
  return { text: orNone(text), html: orNone(html) };
}

function orNone(part: string | null): string | undefined {
  return part ?? undefined;
}
