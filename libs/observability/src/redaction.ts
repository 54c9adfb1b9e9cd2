// Each may only begin where what it looks for begins: else a long word is searched again from each of its letters.

/** Of urls only scheme and host: names of users, paths and queries may be secrets. Files have no host. */
const URL_IN_TEXT =
  /(?<![a-z0-9+.-])([a-z0-9+.-]+:\/\/)(?:[^\s/?#"'<>]*@)?([^\s/?#"'`<>(){}\\,]+)([^\s"'`<>(){}\\]*)/gi;
const EMAIL_ADDRESS = /(?<![^\s@<>"'`(),:;/\\[\]=])[^\s@<>"'`(),:;/\\[\]=]+@((?:[a-z0-9-]+\.)+[a-z]{2,})/gi;
const CREDENTIALS = /\b(Bearer|Basic) +[\w.~+/=-]+/gi;
/** API keys and signing secrets of ours. */
const SECRETS = /\b(tk|whsec|whsk)_[\w+/=]+/g;
/** What a database driver says of a query that failed: its values, up to where a stack begins. */
const QUERY_VALUES = /\bparams: [\s\S]*?(?=\n[ \t]+at |$)/gi;
/** What is quoted may be out of a message that somebody sends. */
const QUOTED = /"[^"]*"|'[^']*'|`[^`]*`|“[^“”]*”/g;

/** Their values may be a customer's, or secret. */
const HIDDEN_FIELDS = new RegExp(
  `^(?:${[
    ...['authorization', 'cookies?', 'headers?', 'body', 'payloads?', 'input', 'args', 'arguments', 'data'],
    ...[
      'results?',
      'secrets?',
      'passwords?',
      'tokens?',
      'task_?token',
      'api_?keys?',
      'signatures?',
      'details',
    ],
    ...[
      'subject',
      'text',
      'html',
      'to',
      'recipients?',
      'address(?:es)?',
      'e?mails?',
      'answer',
      'params',
      'failure',
    ],
    ...['memo', 'query'],
  ].join('|')})$`,
  'i',
);
const HIDDEN = '[hidden]';
const MAX_DEPTH = 4;

/** The text without what is nobody else's business: rests of urls, addresses of people, credentials, values of queries. */
export function redactText(text: string): string {
  return text
    .replace(QUERY_VALUES, 'params: …')
    .replace(URL_IN_TEXT, (_url, scheme: string, host: string, rest: string) =>
      rest === '' || rest === '/' ? scheme + host + rest : `${scheme}${host}/…`,
    )
    .replace(EMAIL_ADDRESS, '…@$1')
    .replace(CREDENTIALS, '$1 …')
    .replace(SECRETS, '$1_…');
}

/** As above, and without anything that is quoted: for those who see what happens to customers of somebody else. */
export function withoutValues(text: string): string {
  return redactText(text).replace(QUOTED, '"…"');
}

/** The fields of a line. Errors stay as they are: see `errorFields`. */
export function redactFields(fields: Record<string, unknown>, depth = 0): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [
      name,
      HIDDEN_FIELDS.test(name) ? HIDDEN : shown(value, depth),
    ]),
  );
}

function shown(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null || value instanceof Error) return value;
  if (depth >= MAX_DEPTH) return '…';
  if (Array.isArray(value)) return value.map((item) => shown(item, depth + 1));
  return redactFields(value as Record<string, unknown>, depth + 1);
}
