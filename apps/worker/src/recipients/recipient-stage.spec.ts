import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { simpleParser } from 'mailparser';
import type { EmailMessage } from '#contracts/email.js';
import type { Suppression, Suppressions } from '#database/suppressions.js';
import { UnsubscribeLinks } from '#messages/unsubscribe-link.js';
import { createLogger } from '#observability/logger.js';
import { Mailbox } from '../../../../test/support/mailbox.js';
import { Mailer } from '../activities/email/mailer.js';
import { RecipientStage } from './recipient-stage.js';

const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });

describe('The recipient stage, with a real SMTP server', () => {
  const publicUrl = 'https://tk.example';
  const links = new UnsubscribeLinks({ publicUrl, secretsKey: randomBytes(32) });
  let mailbox: Mailbox;
  let mailer: Mailer;
  let stage: RecipientStage;

  beforeEach(async () => {
    mailbox = await Mailbox.start();
    mailer = new Mailer({ smtpUrl: mailbox.url, from: 'Shop <shop@example.com>', connections: 1 });
    stage = new RecipientStage(mailer, logger, undefined, links);
  });
  afterEach(async () => {
    mailer.onApplicationShutdown();
    await mailbox.stop();
  });

  const sent = async (message: Partial<EmailMessage>) => {
    const whole = { to: ['ada@example.com'], subject: 'News', text: 'Hi', ...message };
    await expect(stage.send({ tenant: 'acme', id: 'id-1', message: whole })).resolves.toMatchObject({
      code: 250,
    });
    const [mail = ''] = await mailbox.received('id-1@', 1);
    return { mail: mail.replace(/\r\n[ \t]+/g, ' '), parsed: await simpleParser(mail) };
  };

  it('says how to opt out, in the headers of RFC 8058 and wherever the message has a place for it', async () => {
    const { mail, parsed } = await sent({
      ...{ unsubscribe: true, headers: { 'X-Campaign': 'spring' } },
      text: 'Stop: {{ unsubscribe_url }}',
      html: '<a href="{{ unsubscribe_url }}">Stop</a>',
    });
    const [, url = '', token = ''] =
      /^List-Unsubscribe: <(https:\/\/tk\.example\/unsubscribe\/([\w-]+))>\r$/m.exec(mail) ?? [];
    expect(links.read(token)).toEqual({ tenant: 'acme', address: 'ada@example.com' });
    expect(mail).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
    expect(mail).toMatch(/^X-Campaign: spring\r$/m);
    expect(parsed.text?.trim()).toBe(`Stop: ${url}`);
    expect(parsed.html).toContain(`<a href="${url}">`);
  });

  it('keeps of a bounce what an import takes again, however much the server says', async () => {
    const added: Suppression[] = [];
    const kept = {
      reasonsFor: () => Promise.resolve(new Map()),
      add: (suppression: Suppression) => Promise.resolve(added.push(suppression) > 0),
    };
    mailbox.answer('Gone@bücher.example', () => `550 5.1.1 no such user ${'x'.repeat(2_000)}`);
    stage = new RecipientStage(mailer, logger, kept as unknown as Suppressions, links);
    const message = { to: ['Gone@Bücher.example'], subject: 'News', text: 'Hi' };
    await stage.send({ tenant: 'acme', id: 'id-1', message });
    expect(added).toEqual([
      {
        ...{ tenant: 'acme', address: 'gone@xn--bcher-kva.example', reason: 'bounced' },
        detail: expect.stringMatching(/^(?=.{1000}$)550 5\.1\.1 no such user x+$/),
      },
    ]);
  });

  it('says nothing of it in other messages', async () => {
    const { mail } = await sent({ text: 'Hi' });
    expect(mail).not.toMatch(/List-Unsubscribe/i);
  });
});
