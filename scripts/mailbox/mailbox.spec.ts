import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createTransport } from 'nodemailer';
import type { SendMailOptions } from 'nodemailer';
import type { SMTPServer } from 'smtp-server';
import supertest from 'supertest';
import { MailStore } from './mail-store.js';
import { createSmtpServer } from './smtp.js';
import { createWebServer } from './web.js';

const MAIL = { from: 'Shop <shop@example.com>', to: 'ada@example.com', subject: 'Hello', text: 'Hi' };

describe('The mailbox', () => {
  let folder: string;
  let smtp: SMTPServer;
  let web: Server;

  const start = async (maxMails = 3) => {
    const store = new MailStore(folder, maxMails);
    [smtp, web] = [createSmtpServer(store), createWebServer(store)];
    smtp.listen(0, '127.0.0.1');
    web.listen(0, '127.0.0.1');
    await Promise.all([once(smtp.server, 'listening'), once(web, 'listening')]);
  };
  const stop = async () => {
    web.closeAllConnections();
    await new Promise<void>((done) => web.close(() => done()));
    await new Promise<void>((done) => smtp.close(() => done()));
  };
  const portOf = (server: { address(): unknown }) => (server.address() as AddressInfo).port;
  const send = (mail: SendMailOptions = {}) => {
    const url = `smtp://any:login@127.0.0.1:${portOf(smtp.server)}`;
    return createTransport(url).sendMail({ ...MAIL, ...mail });
  };
  const api = () => supertest(`http://127.0.0.1:${portOf(web)}`);
  const subjects = async (path = '/messages') =>
    ((await api().get(path).expect(200)).body as { data: { subject: string }[] }).data.map(
      ({ subject }) => subject,
    );
  const idOf = async () => ((await api().get('/messages')).body as { data: { id: string }[] }).data[0]?.id;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mailbox-'));
    await start();
  });
  afterEach(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });

  it('shows what was sent, all of it, to those who read and to those who test', async () => {
    await send({
      ...{ html: '<p>Hi <b>Ada</b></p>', bcc: 'bob@example.com', subject: 'Grüße <b>' },
      attachments: [{ filename: 'ä (1).txt', content: 'attached' }],
      icalEvent: { method: 'REQUEST', content: 'BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n' },
    });
    const id = await idOf();
    const { body } = await api().get(`/messages/${id}`).expect(200);
    expect(body).toMatchObject({
      ...{ id, from: '"Shop" <shop@example.com>', to: ['ada@example.com', 'bob@example.com'] },
      ...{ subject: 'Grüße <b>', text: expect.stringContaining('Hi'), html: '<p>Hi <b>Ada</b></p>' },
      calendar: { method: 'REQUEST', content: expect.stringContaining('BEGIN:VCALENDAR') },
    });
    expect(body.headers).toContainEqual({ name: 'From', value: 'Shop <shop@example.com>' });
    const attachments = body.attachments as { filename: string; path: string }[];
    expect(attachments.map(({ filename }) => filename)).toEqual(['ä (1).txt', 'invite.ics']);
    const path = attachments[0]?.path ?? '';
    const file = await api().get(path).buffer().expect(200);
    expect(file.headers['content-disposition']).toBe("attachment; filename*=UTF-8''%C3%A4%20%281%29.txt");
    expect(String(file.body)).toBe('attached');
    const page = await api().get(`/mails/${id}`).expect(200);
    expect(page.text).toContain('Grüße &lt;b&gt;');
    expect(page.text).toContain('METHOD:REQUEST');
    expect((await api().get(`/mails/${id}/source`)).text).toContain('Message-ID:');
    await api().get('/messages/1').expect(404);
    await api().get('/mails/1').expect(404);
  });

  it('runs nothing of what a mail says', async () => {
    await send({ html: '<script>alert(1)</script><img src="https://example.com/x.png">', text: '<script>' });
    const id = await idOf();
    const { headers } = await api().get(`/mails/${id}/html`).expect(200);
    expect(headers['content-security-policy']).toMatch(/^sandbox allow-popups .*; default-src 'none';/);
    const page = await api().get(`/mails/${id}`).expect(200);
    expect(page.text).not.toContain('<script');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
  });

  it('finds mails by words, and keeps the youngest, also over a restart', async () => {
    for (const subject of ['one', 'two', 'three', 'four'])
      await send({ subject, text: `text of ${subject}` });
    await expect(subjects()).resolves.toEqual(['four', 'three', 'two']);
    await expect(subjects('/messages?q=TEXT+two')).resolves.toEqual(['two']);
    expect((await api().get('/?q=nobody')).text).toContain('No mail has these words in it');
    await stop();
    await start();
    await expect(subjects()).resolves.toEqual(['four', 'three', 'two']);
    expect(readdirSync(folder)).toHaveLength(6);
  });

  it('deletes all', async () => {
    await send();
    await api().post('/delete-all').expect(303).expect('location', '/');
    await expect(subjects()).resolves.toEqual([]);
    await send();
    await api().delete('/messages').expect(204);
    expect(readdirSync(folder)).toEqual([]);
    expect((await api().get('/')).text).toContain('No mail has come yet');
  });

  it('answers nobody else who leads here by another name, or from another page', async () => {
    await api().get('/messages').set('host', 'evil.example').expect(403);
    await api().post('/delete-all').set('origin', 'https://evil.example').expect(403);
  });

  it('refuses what is to be tried', async () => {
    await expect(send({ to: 'bounced@example.com' })).rejects.toMatchObject({ responseCode: 550 });
    await expect(send({ to: 'busy@example.com' })).rejects.toMatchObject({ responseCode: 451 });
  });
});
