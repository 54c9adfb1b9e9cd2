/** One environment variable: what it means, what it is when it is not set, and what it may be. */
export interface Variable<T> {
  description: string;
  /** As it would be written in the environment; empty where nothing is set. */
  fallback: string;
  allowed: string;
  /** Never to be shown, not even when it is wrong. */
  secret?: boolean;
  /** Undefined if the text is not allowed. */
  parse: (text: string) => T | undefined;
}

/** More attempts than this would make the history of a full group too long. */
const MAX_ITEMS = 20;
/** What PostgreSQL has room for in an integer. */
const MAX_QUOTA = 2_147_483_647;

export function text(description: string, fallback: string): Variable<string> {
  return { description, fallback, allowed: 'a text that is not empty', parse: (value) => value || undefined };
}

export function label(description: string, characters: string, form: RegExp): Variable<string> {
  return {
    ...{ description, fallback: '', allowed: `empty, or up to 100 ${characters}` },
    parse: (value) => (value === '' || form.test(value) ? value : undefined),
  };
}

export function port(description: string, fallback: number): Variable<number> {
  return { ...integer(description, fallback, 1, 65_535), allowed: 'a port from 1 to 65535' };
}

export function portOrNone(description: string, fallback: number): Variable<number> {
  const { description: what, ...rest } = integer(description, fallback, 0, 65_535);
  return { ...rest, description: `${what}; 0: there are none`, allowed: 'a port from 1 to 65535, or 0' };
}

export function integer(description: string, fallback: number, min: number, max: number): Variable<number> {
  return {
    description,
    fallback: String(fallback),
    allowed: `a whole number from ${min} to ${max}`,
    parse: (value) => parseInteger(value, min, max),
  };
}

export function integers(
  description: string,
  fallback: number[],
  min: number,
  max: number,
): Variable<number[]> {
  return {
    description,
    fallback: fallback.join(','),
    allowed: `1 to ${MAX_ITEMS} whole numbers from ${min} to ${max}, separated by commas`,
    parse: (value) => {
      const items = value.split(',').map((item) => parseInteger(item.trim(), min, max));
      return items.length > MAX_ITEMS ? undefined : all(items);
    },
  };
}

export function boolean(description: string, fallback: boolean): Variable<boolean> {
  const values: Record<string, boolean> = { true: true, false: false };
  return {
    description,
    fallback: String(fallback),
    allowed: 'true or false',
    parse: (value) => values[value],
  };
}

export function oneOf<const T extends string>(
  description: string,
  values: readonly T[],
  fallback: NoInfer<T>,
): Variable<T> {
  const parse = (value: string) => values.find((allowed) => allowed === value);
  return { description, fallback, allowed: `one of ${values.join(', ')}`, parse };
}

export function names(description: string, fallback: string[]): Variable<string[]> {
  return {
    description,
    fallback: fallback.join(','),
    allowed: 'names of letters, digits, dots, dashes and underscores, separated by commas',
    parse: (value) => all(value.split(',').map((item) => parseName(item.trim()))),
  };
}

export function pairs(description: string): Variable<Record<string, string>> {
  return {
    description,
    fallback: '',
    allowed: 'pairs such as tenant=name, separated by commas',
    parse: (value) => {
      const items = value.split(',').filter(Boolean);
      const parsed = all(items.map((item) => all(item.split('=').map((name) => parseName(name.trim())))));
      if (!parsed?.every(({ length }) => length === 2)) return undefined;
      return Object.fromEntries(parsed) as Record<string, string>;
    },
  };
}

export function counts(description: string): Variable<Record<string, number>> {
  return {
    description,
    fallback: '',
    allowed: 'pairs such as name=2, separated by commas, with numbers from 1 to 10000',
    parse: (value) => {
      const items = itemsOf(value).map((item) => {
        const [name = '', count = '', ...rest] = item.split('=');
        const parsed = rest.length === 0 ? parseInteger(count, 1, 10_000) : undefined;
        return parseName(name) && parsed ? ([name, parsed] as const) : undefined;
      });
      const parsed = all(items);
      return parsed && Object.fromEntries(parsed);
    },
  };
}

export function paths(description: string): Variable<string[]> {
  return {
    description,
    fallback: '',
    allowed: 'paths of JavaScript modules, separated by commas',
    parse: itemsOf,
  };
}

export function name(description: string): Variable<string> {
  return { description, fallback: '', allowed: 'empty, or a text', parse: (value) => value };
}

export function share(description: string, fallback: number): Variable<number> {
  const parse = (value: string) => {
    const number = /^\d(\.\d+)?$/.test(value) ? Number(value) : NaN;
    return number <= 1 ? number : undefined;
  };
  return { description, fallback: String(fallback), allowed: 'a number from 0 to 1', parse };
}

export function itemsOf(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter(Boolean);
}

export function quota(description: string, fallback: number): Variable<number> {
  const { parse } = integer(description, fallback, 0, MAX_QUOTA);
  const allowed = `a whole number from 1 to ${MAX_QUOTA}, or 0 for no limit`;
  return { description, fallback: String(fallback), allowed, parse };
}

export function parseInteger(value: string, min: number, max: number): number | undefined {
  const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN;
  return number >= min && number <= max ? number : undefined;
}

function parseName(value: string): string | undefined {
  return /^[\w.-]{1,200}$/.test(value) ? value : undefined;
}

export function all<T>(items: (T | undefined)[]): T[] | undefined {
  return items.some((item) => item === undefined) ? undefined : (items as T[]);
}
