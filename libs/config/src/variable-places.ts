import { isIP } from 'node:net';
import { all, itemsOf, parseInteger } from './variable.js';
import type { Variable } from './variable.js';

export function smtpUrl(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or a url such as smtp://user:password@host:587 or smtps://host',
    parse: (value) =>
      value === '' || (/^smtps?:\/\//.test(value) && URL.canParse(value)) ? value : undefined,
  };
}

export function dsn(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or a DSN such as https://key@sentry.example.com/1',
    parse: (value) =>
      value === '' || /^https?:\/\/\w+(?::\w+)?@[^/?#]+(?:\/[^?#]*)?\/\d+$/.test(value) ? value : undefined,
  };
}

export function endpoint(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', allowed: 'empty, or a url such as http://localhost:4318' },
    parse: (value) =>
      value === '' || (/^https?:\/\/[^?#]+$/.test(value) && URL.canParse(value))
        ? value.replace(/\/+$/, '')
        : undefined,
  };
}

export function headers(description: string): Variable<Record<string, string>> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'name=value pairs separated by commas, values percent-encoded',
    parse: (value) => {
      const parsed = all(itemsOf(value).map(parseHeader));
      return parsed && Object.fromEntries(parsed);
    },
  };
}

export function publicUrl(description: string, fallback: string): Variable<string> {
  return {
    ...{ description, fallback, allowed: 'an http:// or https:// url without query' },
    parse: (value) =>
      /^https?:\/\/[^?#]+$/.test(value) && URL.canParse(value) ? value.replace(/\/+$/, '') : undefined,
  };
}

export function cidrs(description: string): Variable<string[]> {
  return {
    description,
    fallback: '',
    allowed: 'networks such as 10.1.0.0/16 or fd00::/8, separated by commas',
    parse: (value) => all(itemsOf(value).map(parseCidr)),
  };
}

export function payloadKeys(description: string): Variable<{ id: string; key: Uint8Array }[]> {
  return {
    description,
    fallback: '',
    allowed:
      'id:key pairs separated by commas, an id of letters, digits, ".", "_" and "-", 32 bytes in base64',
    secret: true,
    parse: (value) => {
      const keys = all(
        value
          .split(',')
          .filter(Boolean)
          .map((item) => parsePayloadKey(item.trim())),
      );
      return new Set(keys?.map(({ id }) => id)).size === keys?.length ? keys : undefined;
    },
  };
}

export function hosts(description: string): Variable<string[]> {
  return {
    description,
    fallback: '',
    allowed: 'names such as hooks.internal or *.example.internal, separated by commas',
    parse: (value) => all(itemsOf(value).map(parseHost)),
  };
}

export function ports(description: string): Variable<number[]> {
  return {
    description,
    fallback: '',
    allowed: 'ports from 1 to 65535, separated by commas',
    parse: (value) => all(itemsOf(value).map((item) => parseInteger(item, 1, 65_535))),
  };
}

export function databaseUrl(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or a url such as postgres://user:password@host:5432/timekeeper',
    parse: (value) => {
      const isUsable = /^postgres(ql)?:\/\//.test(value) && URL.canParse(value);
      return value === '' || (isUsable && new URL(value).pathname.length > 1) ? value : undefined;
    },
  };
}

export function keys(description: string): Variable<Uint8Array[]> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed:
      'empty, or 32 random bytes in base64, as from: openssl rand -base64 32; several separated by commas',
    parse: (value) => {
      const items = value === '' ? [] : value.split(',').map((item) => parseKey(item.trim()));
      return new Set(items.map(String)).size === items.length ? all(items) : undefined;
    },
  };
}

export function token(description: string): Variable<string> {
  return {
    ...{ description, fallback: '', secret: true },
    allowed: 'empty, or at least 24 printable characters without spaces, as from: openssl rand -hex 32',
    parse: (value) => (value === '' || /^[\x21-\x7e]{24,}$/.test(value) ? value : undefined),
  };
}

export function origin(description: string): Variable<string> {
  return {
    description,
    fallback: '',
    allowed: 'an origin such as https://temporal.example.com',
    parse: (value) =>
      value === '' || (URL.canParse(value) && new URL(value).origin === value) ? value : undefined,
  };
}

function parseKey(item: string): Uint8Array | undefined {
  const bytes = Buffer.from(item, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === item ? bytes : undefined;
}

function parsePayloadKey(item: string): { id: string; key: Uint8Array } | undefined {
  const [, id, key] = /^([\w.-]{1,64}):([A-Za-z0-9+/]{43}=)$/.exec(item) ?? [];
  return id && key ? { id, key: Buffer.from(key, 'base64') } : undefined;
}

function parseHeader(item: string): [name: string, value: string] | undefined {
  const [, name, value = ''] = /^([\w!#$%&'*+.^`|~-]+)\s*=\s*([\x21-\x7e]*)$/.exec(item) ?? [];
  try {
    return name ? [name.toLowerCase(), decodeURIComponent(value)] : undefined;
  } catch {
    return undefined;
  }
}

function parseCidr(value: string): string | undefined {
  const [network = '', bits = '', ...rest] = value.split('/');
  const most = { 0: -1, 4: 32, 6: 128 }[isIP(network)] ?? -1;
  return rest.length === 0 && parseInteger(bits, 0, most) !== undefined ? value : undefined;
}

function parseHost(value: string): string | undefined {
  const isName = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/i.test(value) && isIP(value) === 0;
  return isName ? value.toLowerCase() : undefined;
}
