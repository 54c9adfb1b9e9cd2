import type { Client } from '@temporalio/client';
import { EMAIL_TIMEOUT_MS } from '#contracts/email.js';
import type { EmailMessage } from '#contracts/email.js';
import type { Timer } from '#contracts/timers.js';
import { GroupStart } from '#timers/group-start.js';
import { change, statusOf } from './change.js';
import { GROUP_SETTINGS } from './wheel.js';

const KIND = 'emails';

/** An e-mail is a timer whose delivery is SMTP: with all that `GET /emails` reads of it. */
export async function sendEmail(
  client: Client,
  tenant: string,
  email: EmailMessage,
  inMs: number,
): Promise<Timer> {
  const groups = new GroupStart(client, GROUP_SETTINGS, KIND);
  const url = `mailto:${email.to[0]}`;
  const wanted = { url, email, dueMs: Date.now() + inMs, timeoutMs: EMAIL_TIMEOUT_MS };
  const [timer] = await groups.start(tenant, [wanted], { deadlineMs: Date.now() + 5_000 });
  if (!timer) throw new Error('the e-mail was not set');
  return timer;
}

export function cancelEmail(client: Client, tenant: string, { id }: Timer): Promise<string> {
  return change(client, { tenant, kind: KIND, id }, { kind: 'cancel' });
}

export function emailStatus(client: Client, tenant: string, id: string): Promise<string | undefined> {
  return statusOf(client, { tenant, kind: KIND, id });
}
