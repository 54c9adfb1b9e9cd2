import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { normalizeAddress } from '#messages/email-address.js';
import { Mailer, NoMailServer } from './mailer.js';

const MESSAGE = { to: ['ada@example.com'], subject: 'Hello', text: 'Hi' };

describe('The mailer, with a real SMTP server', () => {
  let server: SMTPServer | undefined;
  let mailer: Mailer;

  const start = async (options: SMTPServerOptions = {}) => {
    server = new SMTPServer({ authOptional: true, disabledCommands: ['STARTTLS'], ...options });
    server.listen(0, '127.0.0.1');
    await once(server.server, 'listening');
    const { port } = server.server.address() as AddressInfo;
    const smtpUrl = `smtp://127.0.0.1:${port}`;
    mailer = new Mailer({ smtpUrl, from: 'Shop <shop@example.com>', connections: 1 });
  };
  const stop = () =>
    new Promise<void>((resolve) => {
      if (server?.server.listening) server.close(resolve);
      else resolve();
    });
  const answering = (command: 'onMailFrom' | 'onRcptTo' | 'onData', answer: string) =>
    start({
      [command]: (first: NodeJS.ReadableStream, _session: unknown, done: (error: Error) => void) => {
        if (command === 'onData') first.resume();
        done(Object.assign(new Error(answer.slice(4)), { responseCode: Number(answer.slice(0, 3)) }));
      },
    });

  beforeEach(() => (server = undefined));
  afterEach(async () => {
    mailer.onApplicationShutdown();
    await stop();
  });

  it('gives mail to the server, with a Message-ID that follows from the id', async () => {
    let mail = '';
    await start({
      onData: (stream, _session, done) => {
        stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
        stream.on('end', () => done());
      },
    });
    await expect(mailer.send('id-1', MESSAGE)).resolves.toMatchObject({
      code: 250,
      final: true,
      bounced: [],
    });
    expect(mail).toContain('Message-ID: <id-1@example.com>');
  });

  it('tells a mailbox that there is not from one that is full', async () => {
    await answering('onRcptTo', '550 5.1.1 no such user');
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({
      ...{ code: 550, final: true },
      bounced: ['ada@example.com'],
    });
    mailer.onApplicationShutdown();
    await stop();
    await answering('onRcptTo', '452 4.2.2 mailbox full');
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({ code: 452, final: false, bounced: [] });
  });

  it.each([
    ['550 unknown user', true],
    ['550 Requested action not taken: mailbox unavailable', true],
    ['550 relay not permitted', false],
    ['550 blocked, see https://example.com/list', false],
    ['550 5.1.8 bad sender', false],
    ['550 5.7.1 recipient rejected by policy', false],
  ])('takes "%s" for an address that is gone: %s', async (answer, isGone) => {
    await answering('onRcptTo', answer);
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({
      ...{ code: 550, final: true },
      bounced: isGone ? ['ada@example.com'] : [],
    });
  });

  it('learns of an address that is gone also where the server says so only after the mail', async () => {
    await answering('onData', '550 5.1.1 no such user');
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({ bounced: ['ada@example.com'] });
    const several = { ...MESSAGE, to: ['ada@example.com', 'bob@example.com'] };
    await expect(mailer.send('id', several)).resolves.toMatchObject({ code: 550, bounced: [] });
  });

  it('does not take a refusal of the sender for an address that is gone', async () => {
    await answering('onMailFrom', '550 5.1.0 sender rejected');
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({ code: 550, bounced: [] });
  });

  it('says domains as DNS has them, so that a bounce names the address that is looked up', async () => {
    await answering('onRcptTo', '550 5.1.1 no such user');
    const to = ['Ada@bücher.example'];
    await expect(mailer.send('id', { ...MESSAGE, to })).resolves.toMatchObject({
      bounced: [normalizeAddress('ada@Bücher.example').replace('ada', 'Ada')],
    });
    mailer.onApplicationShutdown();
    await stop();
    let mail = '';
    await start({
      onData: (stream, _session, done) => {
        stream.on('data', (chunk: Buffer) => (mail += chunk.toString()));
        stream.on('end', () => done());
      },
    });
    await mailer.send('id-1', { ...MESSAGE, to, from: 'Shop <shop@bücher.example>' });
    expect(mail).toMatch(/^Message-ID: <id-1@xn--bcher-kva\.example>\r$/m);
  });

  it('does not take a mail that is refused for what it says for an address that is gone', async () => {
    await answering('onData', '554 5.7.1 looks like spam');
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({ code: 554, final: true, bounced: [] });
  });

  const withLogin = async (login: string, options: SMTPServerOptions) => {
    await start(options);
    const { port } = server?.server.address() as AddressInfo;
    const smtpUrl = `smtp://${login}127.0.0.1:${port}?ignoreTLS=true`;
    mailer = new Mailer({ smtpUrl, from: 'a@example.com', connections: 1 });
  };

  it.each(['535 5.7.8 wrong password', '530 5.7.0 must not'])(
    'tells when the server refuses our login, with %s: that says nothing about the mail',
    async (answer) => {
      const code = Number(answer.slice(0, 3));
      const refusal = Object.assign(new Error(answer.slice(4)), { responseCode: code });
      await withLogin('me:wrong@', { onAuth: (_auth, _session, done) => done(refusal) });
      const outcome = await mailer.send('id', MESSAGE);
      expect(outcome).toMatchObject({
        ...{ error: 'connect', loginRefused: answer.slice(0, 9), final: false, bounced: [] },
      });
      expect(outcome.code).toBeUndefined();
    },
  );

  it('tells when the server wants a login and there is none', async () => {
    await withLogin('', { authOptional: false });
    const outcome = await mailer.send('id', MESSAGE);
    expect(outcome).toMatchObject({ loginRefused: '530', final: false, bounced: [] });
    expect(outcome.code).toBeUndefined();
  });

  it.each([
    [421, '4.3.2 going down'],
    [454, '4.7.0 too many logins at once'],
  ])('does not take a server that answers a login with %i for one that refuses it', async (code, words) => {
    const passing = Object.assign(new Error(words), { responseCode: code });
    await withLogin('me:right@', { onAuth: (_auth, _session, done) => done(passing) });
    const outcome = await mailer.send('id', MESSAGE);
    expect(outcome).toMatchObject({ error: 'connect', final: false });
    expect(outcome.loginRefused).toBeUndefined();
  });

  it('does not know whether a mail was taken when the connection is lost after it was given', async () => {
    const sockets = new Set<{ destroy: () => void }>();
    await start({
      onData: (stream) => {
        stream.resume();
        stream.on('end', () => [...sockets].forEach((socket) => socket.destroy()));
      },
    });
    server?.server.on('connection', (socket: { destroy: () => void }) => sockets.add(socket));
    const outcome = await mailer.send('id', MESSAGE);
    expect(outcome).toMatchObject({ uncertain: true, final: false });
    expect(outcome.code).toBeUndefined();
  });

  it('knows that a mail was not taken when the connection is lost before it was given', async () => {
    const sockets = new Set<{ destroy: () => void }>();
    await start({ onRcptTo: () => [...sockets].forEach((socket) => socket.destroy()) });
    server?.server.on('connection', (socket: { destroy: () => void }) => sockets.add(socket));
    const outcome = await mailer.send('id', MESSAGE);
    expect(outcome.error).toBeDefined();
    expect(outcome.uncertain).toBeUndefined();
  });

  it('says that nobody listens', async () => {
    mailer = new Mailer({ smtpUrl: 'smtp://127.0.0.1:1', from: 'a@example.com', connections: 1 });
    await expect(mailer.send('id', MESSAGE)).resolves.toMatchObject({ error: 'connect', final: false });
  });

  it('cannot send without a server', async () => {
    mailer = new Mailer({ smtpUrl: '', from: 'a@example.com', connections: 1 });
    await expect(mailer.send('id', MESSAGE)).rejects.toThrow(NoMailServer);
  });
});
