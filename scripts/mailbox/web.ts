import { createServer } from 'node:http';
import type { IncomingMessage, Server } from 'node:http';
import { mailSummary, readAttachment, readMail } from './mail.js';
import type { MailStore } from './mail-store.js';
import { listPage, MAIL_POLICY, mailHtml, mailPage, PAGE_POLICY, wordsPage } from './pages.js';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
}

type Route = (store: MailStore, url: URL, ...ids: string[]) => Answer | Promise<Answer>;

/** By method and path. */
const ROUTES: [string, RegExp, Route][] = [
  ['GET', /^\/$/, (store, url) => html(listPage(store.find(wordsOf(url)), wordsOf(url)))],
  ['GET', /^\/mails\/(\d+)$/, showMail],
  ['GET', /^\/mails\/(\d+)\/html$/, showHtml],
  ['GET', /^\/mails\/(\d+)\/source$/, showSource],
  ['POST', /^\/delete-all$/, deleteAll],
  ['GET', /^\/messages$/, (store, url) => json({ data: store.find(wordsOf(url)).map(mailSummary) })],
  ['GET', /^\/messages\/(\d+)$/, getMail],
  ['GET', /^\/messages\/(\d+)\/attachments\/(\d+)$/, getAttachment],
  ['DELETE', /^\/messages$/, deleteMessages],
];

/** What reaches this machine alone. Another name that leads here is a page elsewhere that wants to read along. */
const OUR_NAMES = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/** The pages of the mailbox, and the same as JSON. */
export function createWebServer(store: MailStore): Server {
  return createServer((request, response) => {
    answer(store, request)
      .catch((error: Error): Answer => ({ status: 500, body: error.message }))
      .then(({ status = 200, headers, body = '' }) => {
        const always = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
        response.writeHead(status, { ...always, ...headers }).end(body);
      })
      .catch(() => response.destroy());
  });
}

async function answer(store: MailStore, { method, url = '/', headers }: IncomingMessage): Promise<Answer> {
  const { host = '', origin } = headers;
  if (!OUR_NAMES.test(host)) return { status: 403, body: 'This mailbox is for this machine alone.\n' };
  if (origin !== undefined && origin !== `http://${host}`)
    return { status: 403, body: 'Another page may not do this.\n' };
  const parsed = new URL(url, 'http://localhost');
  for (const [wanted, path, route] of ROUTES) {
    const found = wanted === method ? path.exec(parsed.pathname) : null;
    if (found) return route(store, parsed, ...found.slice(1));
  }
  return notFound();
}

async function showMail(store: MailStore, _url: URL, id = ''): Promise<Answer> {
  const found = await store.read(id);
  return found ? html(mailPage(await readMail(found.listed, found.source))) : notFound();
}

async function showHtml(store: MailStore, _url: URL, id = ''): Promise<Answer> {
  const found = await store.read(id);
  const mail = found && (await readMail(found.listed, found.source));
  return mail?.html ? html(mailHtml(mail.html), MAIL_POLICY) : notFound();
}

async function showSource(store: MailStore, _url: URL, id = ''): Promise<Answer> {
  const found = await store.read(id);
  return found ? { headers: typed('text/plain; charset=utf-8'), body: found.source } : notFound();
}

async function getMail(store: MailStore, _url: URL, id = ''): Promise<Answer> {
  const found = await store.read(id);
  if (!found) return json({ error: 'There is no such mail.' }, 404);
  return json(await readMail(found.listed, found.source));
}

async function getAttachment(store: MailStore, _url: URL, id = '', index = ''): Promise<Answer> {
  const found = await store.read(id);
  const file = found && (await readAttachment(found.source, Number(index)));
  if (!file) return notFound();
  const filename = encodeURIComponent(file.filename ?? `part-${Number(index) + 1}`);
  const disposition = `attachment; filename*=UTF-8''${filename.replace(/['()*]/g, escapeByte)}`;
  const headers = { ...typed('application/octet-stream'), 'content-disposition': disposition };
  return { headers, body: file.content };
}

function deleteAll(store: MailStore): Answer {
  store.clear();
  return { status: 303, headers: { location: '/' } };
}

function deleteMessages(store: MailStore): Answer {
  store.clear();
  return { status: 204 };
}

function html(body: string, policy = PAGE_POLICY): Answer {
  return { headers: { ...typed('text/html; charset=utf-8'), 'content-security-policy': policy }, body };
}

function json(value: unknown, status = 200): Answer {
  return { status, headers: typed('application/json; charset=utf-8'), body: `${JSON.stringify(value)}\n` };
}

function notFound(): Answer {
  return { ...html(wordsPage('There is nothing here')), status: 404 };
}

const typed = (type: string) => ({ 'content-type': type });
const wordsOf = (url: URL) => url.searchParams.get('q') ?? '';
const escapeByte = (char: string) => `%${char.charCodeAt(0).toString(16)}`;
