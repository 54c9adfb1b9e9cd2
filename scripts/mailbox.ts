import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { readEnv } from '#config/env.js';
import { runProcess } from '#observability/process.js';
import { MailStore } from './mailbox/mail-store.js';
import { createSmtpServer } from './mailbox/smtp.js';
import { createWebServer } from './mailbox/web.js';
import { LOOPBACK_HOST } from './paths.js';
import { ensureFree } from './ports.js';

const MAX_MAILS = 1_000;
const GRACE_MS = 5_000;

/** A mail server for one machine, that keeps what it is given for its owner to read. On loopback only: it asks nobody who they are. */
await runProcess('mailbox', async () => {
  const { MAILBOX_SMTP_PORT, MAILBOX_PORT, DATA_DIR } = readEnv();
  await ensureFree(LOOPBACK_HOST, { MAILBOX_SMTP_PORT, MAILBOX_PORT });
  const store = new MailStore(join(resolve(DATA_DIR), 'mailbox'), MAX_MAILS);
  const [smtp, web] = [createSmtpServer(store), createWebServer(store)];
  // A client that goes away in the middle is no reason to end.
  smtp.on('error', () => undefined);
  smtp.listen(MAILBOX_SMTP_PORT, LOOPBACK_HOST);
  web.listen(MAILBOX_PORT, LOOPBACK_HOST);
  await Promise.all([once(smtp.server, 'listening'), once(web, 'listening')]);
  const close = async () => {
    web.closeAllConnections();
    await Promise.all([
      new Promise<void>((done) => web.close(() => done())),
      new Promise<void>((done) => smtp.close(() => done())),
    ]);
  };
  return { close, graceMs: GRACE_MS };
});
