import { createHash } from 'node:crypto';
import type { ListedMail } from './mail-store.js';
import type { Mail } from './mail.js';

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); --soft: color-mix(in srgb, currentColor 65%, transparent); }
* { box-sizing: border-box; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem 1.25rem 4rem; }
a { color: inherit; }
header { display: flex; flex-wrap: wrap; gap: 0.75rem; align-items: center; padding-bottom: 1rem; }
h1 { font-size: 1.25rem; margin: 0 auto 0 0; overflow-wrap: anywhere; }
h2 { font-size: 1rem; margin: 2rem 0 0.5rem; }
form { display: flex; gap: 0.5rem; }
input, button { font: inherit; padding: 0.35rem 0.75rem; border: 1px solid var(--line); border-radius: 0.35rem; background: transparent; color: inherit; }
button { cursor: pointer; }
table { width: 100%; border-collapse: collapse; table-layout: fixed; }
th, td { text-align: left; vertical-align: top; padding: 0.5rem 0.75rem 0.5rem 0; overflow-wrap: anywhere; }
tr { border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: 0.875rem; }
.time { width: 12rem; white-space: nowrap; font-variant-numeric: tabular-nums; }
.to { width: 32%; }
.name { width: 12rem; }
.soft { color: var(--soft); }
td a { display: block; text-decoration: none; font-weight: 600; }
td a:hover { text-decoration: underline; }
pre, iframe { width: 100%; border: 1px solid var(--line); border-radius: 0.35rem; margin: 0; }
pre { padding: 0.75rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; font: 0.9rem/1.5 ui-monospace, monospace; }
iframe { height: 22rem; background: white; resize: vertical; }
@media (max-width: 40rem) { .time { width: 5.5rem; white-space: normal; } .name { width: 8rem; } }
`;
const STYLE_DIGEST = createHash('sha256').update(STYLE).digest('base64');

/** Of our own pages: no scripts, nothing from elsewhere. */
export const PAGE_POLICY =
  `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; frame-src 'self'; form-action 'self'; ` +
  "frame-ancestors 'none'; base-uri 'none'";
/** Of what a mail says in HTML: it runs nothing, loads nothing from elsewhere, and is nobody's page. Links open outside. */
export const MAIL_POLICY =
  "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The list of mails. */
export function listPage(mails: ListedMail[], words: string): string {
  const rows = mails.map(
    ({ id, to, subject }) => `<tr>
<td class="time">${time(id)}</td>
<td class="to">${escape(to.join(', '))}</td>
<td><a href="/mails/${id}">${escape(subject || '(no subject)')}</a></td>
</tr>`,
  );
  const nothing = words
    ? 'No mail has these words in it.'
    : 'No mail has come yet. It appears here when it is sent.';
  return page(
    words ? `Mails with ${words}` : 'Mailbox',
    `<header>
<h1>Mailbox <span class="soft">${mails.length}</span></h1>
<form action="/" role="search"><input type="search" name="q" value="${escape(words)}" aria-label="Words in the mail" placeholder="Search"><button>Search</button></form>
<form action="/delete-all" method="post"><button>Delete all</button></form>
</header>
${
  rows.length > 0
    ? `<table>
<thead><tr><th class="time">Received (UTC)</th><th class="to">To</th><th>Subject</th></tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`
    : `<p>${nothing}</p>`
}`,
  );
}

/** One mail, with all that is in it. */
export function mailPage({
  id,
  from,
  to,
  subject,
  text,
  html,
  headers,
  calendar,
  attachments,
}: Mail): string {
  const row = (name: string, value: string) =>
    `<tr><th class="name" scope="row">${escape(name)}</th><td>${value}</td></tr>`;
  const files = attachments.map(
    ({ filename, content_type, bytes, path }) =>
      `<li><a href="${path}">${escape(filename)}</a> <span class="soft">${escape(content_type)}, ${bytes} bytes</span></li>`,
  );
  const parts = [
    html &&
      `<h2>HTML</h2>\n<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" src="/mails/${id}/html" title="The mail in HTML"></iframe>`,
    text && `<h2>Text</h2>\n<pre>${withLinks(text)}</pre>`,
    calendar && `<h2>Calendar ${escape(calendar.method ?? '')}</h2>\n<pre>${escape(calendar.content)}</pre>`,
    files.length > 0 && `<h2>Attachments</h2>\n<ul>\n${files.join('\n')}\n</ul>`,
    `<h2>Headers</h2>\n<table>${headers.map(({ name, value }) => row(name, escape(value))).join('\n')}</table>`,
  ];
  return page(
    subject || '(no subject)',
    `<header><h1>${escape(subject || '(no subject)')}</h1><a href="/">All mails</a> <a href="/mails/${id}/source">Source</a></header>
<table>
${row('From', escape(from))}
${row('To', escape(to.join(', ')))}
${row('Received (UTC)', time(id))}
</table>
${parts.filter(Boolean).join('\n')}`,
  );
}

/** A page with nothing but this to say. */
export function wordsPage(words: string): string {
  return page(words, `<header><h1>${escape(words)}</h1><a href="/">All mails</a></header>`);
}

/** A mail's HTML, so that what is clicked opens beside it. */
export function mailHtml(html: string): string {
  return `<!doctype html><base target="_blank"><meta charset="utf-8">${html}`;
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${body}
</body>
</html>
`;
}

function time(id: string): string {
  const iso = new Date(Number(id)).toISOString();
  return `<time datetime="${iso}">${iso.slice(0, 10)} ${iso.slice(11, 19)}</time>`;
}

function withLinks(text: string): string {
  const link = (url: string) => `<a href="${url}" target="_blank" rel="noreferrer">${url}</a>`;
  return escape(text).replace(/https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]]/g, link);
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
