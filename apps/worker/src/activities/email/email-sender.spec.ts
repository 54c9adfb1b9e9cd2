import { afterEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import type { Delivery } from '#contracts/delivery.js';
import type { EmailMessage } from '#contracts/email.js';
import type { Suppression, Suppressions } from '#database/suppressions.js';
import { createLogger } from '#observability/logger.js';
import { RecipientStage } from '../../recipients/recipient-stage.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import { EmailSender } from './email-sender.js';
import { Mailer } from './mailer.js';

const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });
const clock = { now: () => performance.timeOrigin + performance.now() } as EngineClock;
const EMAIL = { to: ['ada@example.com'], subject: 'Hello', text: 'Hi' };
const WINDOW = { tenant: 'acme' };

type Kept = Pick<Suppressions, 'reasonsFor' | 'add'>;

describe('An attempt at an e-mail', () => {
  let server: SMTPServer | undefined;
  let mailer: Mailer | undefined;
  const mails: string[] = [];

  afterEach(async () => {
    mailer?.onApplicationShutdown();
    const running = server;
    if (running?.server.listening) await new Promise<void>((resolve) => running.close(resolve));
    [server, mailer] = [undefined, undefined];
    mails.length = 0;
  });

  async function listen(options: SMTPServerOptions = {}): Promise<string> {
    server = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS'], closeTimeout: 100 },
      onData: (stream, _session, done) => {
        let mail = '';
        stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
        stream.on('end', () => done(null, `kept as ${mails.push(mail)}`));
      },
      ...options,
    });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    return `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  }

  const refusing = (refusals: Record<string, string>) =>
    listen({
      onRcptTo: ({ address }, _session, done) => {
        const answer = refusals[address];
        if (!answer) return done();
        done(Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) }));
      },
    });

  function attemptAt(
    smtpUrl: string,
    { email = {}, kept, connections = 1, ...set }: Wish = {},
    sender = senderFor(smtpUrl, connections, kept),
  ) {
    const atMs = clock.now();
    const delivery = { index: 3, id: 'id-1', url: 'mailto:ada@example.com', attempt: 2, atMs, ...set };
    return sender.send({ ...delivery, email: { ...EMAIL, ...email } }, WINDOW).attempt;
  }
  interface Wish extends Partial<Omit<Delivery, 'email'>> {
    email?: Partial<EmailMessage>;
    kept?: Kept;
    connections?: number;
  }

  function senderFor(smtpUrl: string, connections = 1, kept?: Kept): EmailSender {
    mailer = new Mailer({ smtpUrl, from: 'Shop <shop@example.com>', connections });
    return new EmailSender(new RecipientStage(mailer, logger, kept as Suppressions), clock, logger);
  }

  it('is a success with the words of the server', async () => {
    const ended = await attemptAt(await listen());
    expect(ended).toEqual({
      ...{ index: 3, attempt: 2, statusCode: 250, answer: '250 kept as 1' },
      ...{ startedMs: expect.any(Number), finishedMs: expect.any(Number) },
    });
    expect(mails[0]).toMatch(/^Message-ID: <id-1@example.com>/m);
  });

  it('is not begun by a worker that has lost the right to it while it waited for a connection', async () => {
    const sender = senderFor(await listen());
    const delivery = { index: 0, id: 'id-1', url: 'mailto:ada@example.com', attempt: 1, atMs: clock.now() };
    const lost = () => Promise.resolve(false);
    const ended = await sender.send({ ...delivery, email: EMAIL }, WINDOW, lost).attempt;
    expect(ended).toMatchObject({ error: 'timeout' });
    expect(mails).toEqual([]);
  });

  it('is final where the server refuses the mail for good, and then the address is remembered', async () => {
    const added: Suppression[] = [];
    const kept: Kept = {
      reasonsFor: () => Promise.resolve(new Map()),
      add: (suppression) => Promise.resolve(added.push(suppression) > 0),
    };
    const url = await refusing({ 'ada@example.com': '550 5.1.1 no such user' });
    const ended = await attemptAt(url, { kept });
    expect(ended).toMatchObject({ statusCode: 550, reason: 'bounced', final: true });
    expect(added).toMatchObject([{ tenant: 'acme', address: 'ada@example.com', reason: 'bounced' }]);
  });

  it('is as it was though the bounce can not be remembered', async () => {
    const kept: Kept = {
      reasonsFor: () => Promise.resolve(new Map()),
      add: () => Promise.reject(new Error('the database is away')),
    };
    const url = await refusing({ 'ada@example.com': '550 5.1.1 no such user' });
    expect(await attemptAt(url, { kept })).toMatchObject({ statusCode: 550, final: true });
  });

  it('is to be repeated where the server says so', async () => {
    const ended = await attemptAt(await refusing({ 'ada@example.com': '451 4.7.1 greylisted' }));
    expect(ended).toMatchObject({ statusCode: 451, answer: expect.stringContaining('greylisted') });
    expect(ended).not.toHaveProperty('final');
  });

  it('names those who are left out because they are suppressed', async () => {
    const kept: Kept = {
      reasonsFor: () => Promise.resolve(new Map([['ada@example.com', 'opted-out']])),
      add: () => Promise.resolve(true),
    };
    const to = ['Ada@Example.com', 'eve@example.com'];
    const ended = await attemptAt(await listen(), { kept, email: { to } });
    expect(ended).toMatchObject({
      statusCode: 250,
      answer: '250 kept as 1; not for Ada@Example.com: opted-out',
    });
    expect(mails[0]).not.toMatch(/ada@/i);
  });

  it('goes to those who are not suppressed, and is to be repeated for those whom the server refuses for now', async () => {
    const kept: Kept = {
      reasonsFor: () => Promise.resolve(new Map([['ada@example.com', 'opted-out']])),
      add: () => Promise.resolve(true),
    };
    const url = await refusing({ 'bob@example.com': '452 4.2.2 full' });
    const to = ['Ada@Example.com', 'bob@example.com', 'eve@example.com'];
    const ended = await attemptAt(url, { kept, email: { to } });
    expect(ended).toMatchObject({
      ...{ statusCode: 452, remaining: ['bob@example.com'] },
      answer: expect.stringMatching(/kept as 1; not for bob@example.com: 452/),
    });
    expect(ended).not.toHaveProperty('final');
  });

  it('goes to nobody who has got it already, and tells of them all the same', async () => {
    const recipients: string[] = [];
    const url = await listen({
      onRcptTo: ({ address }, _session, done) => {
        recipients.push(address);
        done();
      },
    });
    const to = ['ada@example.com', 'Bob@Bücher.example'];
    const remaining = ['bob@xn--bcher-kva.example'];
    expect(await attemptAt(url, { email: { to }, remaining })).toMatchObject({ statusCode: 250 });
    expect(recipients).toEqual(['Bob@bücher.example']);
    expect(mails[0]).toMatch(/^To: ada@example.com, Bob@xn--bcher-kva.example/m);
  });

  it('is repeated where one of all that were refused was refused for now', async () => {
    const refusals = { 'bob@example.com': '452 4.2.2 full', 'eve@example.com': '550 5.1.1 no such user' };
    const to = ['bob@example.com', 'eve@example.com'];
    const ended = await attemptAt(await refusing(refusals), { email: { to } });
    expect(ended).toMatchObject({ statusCode: 452, answer: expect.stringContaining('full') });
    for (const absent of ['final', 'remaining', 'reason']) expect(ended).not.toHaveProperty(absent);
  });

  it('sends nothing, and never will, where all are suppressed', async () => {
    const kept: Kept = {
      reasonsFor: () => Promise.resolve(new Map([['ada@example.com', 'manual']])),
      add: () => Promise.resolve(true),
    };
    const ended = await attemptAt(await listen(), { kept });
    expect(ended).toMatchObject({ error: 'blocked', reason: 'manual', final: true });
    expect(mails).toEqual([]);
  });

  it('sends nothing for now where nobody knows who is suppressed', async () => {
    const kept: Kept = {
      reasonsFor: () => Promise.reject(new Error('the database is away')),
      add: () => Promise.resolve(true),
    };
    const ended = await attemptAt(await listen(), { kept });
    expect(ended).toMatchObject({ error: 'connect', answer: expect.stringContaining('suppressed') });
    expect(ended).not.toHaveProperty('final');
    expect(mails).toEqual([]);
  });

  it('is to be repeated where this worker has no server to give mail to, and says so', async () => {
    const ended = await attemptAt('');
    expect(ended).toMatchObject({ error: 'connect', answer: expect.stringContaining('SMTP_URL') });
    expect(ended).not.toHaveProperty('final');
  });

  it('is to be repeated where the server refuses our login', async () => {
    const url = await listen({ onAuth: (_auth, _session, done) => done(new Error('wrong password')) });
    const ended = await attemptAt(`${url.replace('//', '//me:wrong@')}?ignoreTLS=true`);
    expect(ended).toMatchObject({ error: 'connect', answer: expect.stringMatching(/^535 /) });
    expect(ended).not.toHaveProperty('final');
  });

  it('ends in time though the server never answers', async () => {
    const url = await listen({ onData: (stream) => void stream.resume() });
    expect(await attemptAt(url, { timeoutMs: 300 })).toMatchObject({ error: 'timeout' });
  });

  it('is not begun after its time while it waits for a connection', async () => {
    let release: () => void = () => undefined;
    const url = await listen({
      onData: (stream, _session, done) => {
        stream.resume();
        release = done;
      },
    });
    const sender = senderFor(url);
    const first = attemptAt(url, {}, sender);
    const second = await attemptAt(url, { id: 'id-2', expiresMs: clock.now() + 200 }, sender);
    expect(second).toMatchObject({ error: 'timeout', answer: expect.stringContaining('no connection') });
    release();
    expect(await first).toMatchObject({ statusCode: 250 });
  });
});
