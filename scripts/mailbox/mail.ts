import { simpleParser } from 'mailparser';
import type { Attachment, ParsedMail } from 'mailparser';
import type { ListedMail } from './mail-store.js';

const CALENDAR = 'text/calendar';

/** A mail, read. */
export interface Mail {
  id: string;
  received_at: string;
  from: string;
  to: string[];
  subject: string;
  /** Null if there is none. */
  text: string | null;
  html: string | null;
  /** In their order, as they came but for their folding. */
  headers: { name: string; value: string }[];
  calendar: { method: string | null; content: string } | null;
  attachments: { filename: string; content_type: string; bytes: number; path: string }[];
}

/** What is listed of a mail in JSON. */
export function mailSummary({ id, from, to, subject }: ListedMail) {
  return { id, received_at: new Date(Number(id)).toISOString(), from, to, subject };
}

export async function readMail(listed: ListedMail, source: Buffer): Promise<Mail> {
  const parsed = await simpleParser(source);
  return {
    ...mailSummary(listed),
    text: parsed.text ?? null,
    html: parsed.html || null,
    headers: parsed.headerLines.map(({ line }) => headerOf(line)),
    calendar: calendarOf(parsed),
    attachments: filesOf(parsed).map(({ filename, contentType, size }, index) => ({
      ...{ filename: filename ?? `part-${index + 1}`, content_type: contentType, bytes: size },
      path: `/messages/${listed.id}/attachments/${index}`,
    })),
  };
}

/** The part that `Mail.attachments` has at this index. */
export async function readAttachment(source: Buffer, index: number): Promise<Attachment | undefined> {
  return filesOf(await simpleParser(source))[index];
}

function filesOf({ attachments }: ParsedMail): Attachment[] {
  return attachments.filter(
    ({ related, contentType, filename }) => !related && (contentType !== CALENDAR || filename !== undefined),
  );
}

function calendarOf({ attachments }: ParsedMail): Mail['calendar'] {
  const part = attachments.find(({ contentType }) => contentType === CALENDAR);
  if (!part) return null;
  const content = part.content.toString();
  return { method: /^METHOD:(\w+)/m.exec(content)?.[1] ?? null, content };
}

function headerOf(line: string): { name: string; value: string } {
  const at = line.indexOf(':');
  return {
    name: line.slice(0, at),
    value: line
      .slice(at + 1)
      .replace(/\r?\n\s+/g, ' ')
      .trim(),
  };
}
