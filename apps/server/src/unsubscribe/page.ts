import { createHash } from 'node:crypto';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 1.1rem/1.5 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1.5rem; }
h1 { font-size: 1.5rem; line-height: 1.25; }
button { font: inherit; padding: 0.6rem 1.4rem; border: 2px solid; border-radius: 0.4rem; cursor: pointer; }
button:focus-visible { outline: 3px solid Highlight; outline-offset: 3px; }
`;
const STYLE_DIGEST = createHash('sha256').update(STYLE).digest('base64');

/** What goes out with every page: it runs nothing, is shown in no frame, and its url goes nowhere. */
export const PAGE_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    `default-src 'none'; style-src 'sha256-${STYLE_DIGEST}'; form-action 'self'; ` +
    "frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-robots-tag': 'noindex',
  'cache-control': 'no-store',
};

export interface Page {
  status: number;
  title: string;
  text: string;
  /** A form with this button, to this path from the page's own. */
  button?: { label: string; path: string };
}

/** A page that works without scripts. */
export function pageHtml({ title, text, button }: Page): string {
  const form =
    button &&
    `<form method="post" action="${escapeHtml(button.path)}"><button type="submit">${escapeHtml(button.label)}</button></form>`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
<p>${escapeHtml(text)}</p>
${form ?? ''}
</main>
</body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
