import { Context, filters, Liquid, LiquidError, Output, Tag } from 'liquidjs';
import type { Template as Node } from 'liquidjs';
import { runWithin, TookTooLong } from './time-limit.js';
import { UNSUBSCRIBE_PLACEHOLDER } from './unsubscribe-link.js';

/** Of one part as it is written. */
export const MAX_TEMPLATE_LENGTH = 100_000;
/** Of one part as it is rendered. */
const MAX_RENDERED_LENGTH = 262_144;
/** Characters and items that rendering one part may make in all, what is thrown away again included. */
const MAX_ALLOCATION = 2_000_000;
/** Of one message. Only what is meant to take long comes near. */
const TIME_LIMIT_MS = 500;
/** Filters that look at each character or item once. */
const QUICK_FILTERS = new Set([
  ...['capitalize', 'default', 'downcase', 'escape', 'json', 'strip', 'upcase', 'url_encode'],
]);

const TEMPLATE_PARTS = ['subject', 'text', 'html'] as const;
export type TemplatePart = (typeof TEMPLATE_PARTS)[number];
/** A message as Liquid; a part that is null is not there. */
export type TemplateSource = { [part in TemplatePart]?: string | null };
export type RenderedTemplate = { [part in TemplatePart]?: string };

/** A template that can not be read, or not be rendered with this data: says part, line and what is wrong. */
export class TemplateProblem extends Error {
  constructor(
    readonly part: TemplatePart,
    /** What is wrong, with the line. */
    readonly problem: string,
    /** The one that is missing in the data, such as `order.total`. */
    readonly variable?: string,
  ) {
    super(`${part}, ${problem}`);
  }
}

/**
 * A template that has been read, to be rendered any number of times. Liquid with strict variables and filters: only `if`,
 * `unless` and `default` may ask for what is not in the data. No files, and nothing of a value but its own properties.
 * What `html` puts out is escaped, unless by `raw`. `{{ unsubscribe_url }}` comes out as it stands, for the sender to
 * put the link in.
 */
export class MessageTemplate {
  /** Watching the time costs several times what it takes to put values in, which comes to an end by itself. */
  private readonly limitMs: number;

  private constructor(private readonly parts: [TemplatePart, Node[]][]) {
    const isQuick = parts.every(([, nodes]) => nodes.every(onlyPutsIn));
    this.limitMs = isQuick ? Infinity : TIME_LIMIT_MS;
  }

  /** Throws `TemplateProblem`. */
  static parse(source: TemplateSource): MessageTemplate {
    const written = TEMPLATE_PARTS.flatMap((part): [TemplatePart, string][] => {
      const text = source[part];
      return text === undefined || text === null ? [] : [[part, text]];
    });
    return new MessageTemplate(eachPart(written, TIME_LIMIT_MS, (part, text) => liquidOf(part).parse(text)));
  }

  /** The same parts with the data in them. Throws `TemplateProblem`. */
  render(data: Record<string, unknown>): RenderedTemplate {
    const scope = { ...data, unsubscribe_url: UNSUBSCRIBE_PLACEHOLDER };
    const render = (part: TemplatePart, nodes: Node[]) => renderPart(part, nodes, scope);
    return Object.fromEntries(eachPart(this.parts, this.limitMs, render));
  }
}

/** A message once, from source and data. Throws `TemplateProblem`. */
export function renderTemplate(source: TemplateSource, data: Record<string, unknown>): RenderedTemplate {
  return MessageTemplate.parse(source).render(data);
}

/** What is put out or captured counts as made, which Liquid itself leaves out. */
class CountedOutput {
  buffer = '';

  constructor(private readonly limit: { use(count: number): void }) {}

  write(value: unknown): void {
    const before = this.buffer.length;
    this.buffer += textOf(value);
    this.limit.use(this.buffer.length - before);
  }
}

const PLAIN = newLiquid({});
const HTML = newLiquid({ outputEscape: (value: unknown) => escapeHtml(textOf(value)) });
// What is escaped already is not escaped again.
for (const name of ['escape', 'escape_once', 'xml_escape']) {
  const handler = filters[name];
  if (typeof handler === 'function') HTML.registerFilter(name, { handler, raw: true });
}
const liquidOf = (part: TemplatePart) => (part === 'html' ? HTML : PLAIN);

function newLiquid(options: { outputEscape?: (value: unknown) => string }): Liquid {
  const liquid = new Liquid({
    ...{ strictVariables: true, strictFilters: true, lenientIf: true, ownPropertyOnly: true },
    ...{ parseLimit: MAX_TEMPLATE_LENGTH, memoryLimit: MAX_ALLOCATION },
    // The same wherever it is rendered.
    ...{ timezoneOffset: 0, locale: 'en-US' },
    ...options,
  });
  // They read files.
  for (const tag of ['include', 'render', 'layout', 'block']) delete liquid.tags[tag];
  const { renderer } = liquid;
  const renderTemplates = renderer.renderTemplates.bind(renderer);
  renderer.renderTemplates = (nodes, context, output) =>
    renderTemplates(nodes, context, output ?? new CountedOutput(context.memoryLimit));
  return liquid;
}

function renderPart(part: TemplatePart, nodes: Node[], scope: object): string {
  const liquid = liquidOf(part);
  // A copy, because `increment` writes into it.
  const context = new Context({ ...scope }, liquid.options, { sync: true }, { liquid });
  const text = liquid.renderSync(nodes, context) as string;
  if (text.length > MAX_RENDERED_LENGTH)
    throw new Error(`it becomes longer than ${MAX_RENDERED_LENGTH} characters`);
  return part === 'subject' ? inOneLine(text) : text;
}

// A header has no lines, and what is in it comes from outside.
function inOneLine(text: string): string {
  return text.replace(/[\s\p{Cc}]+/gu, ' ').trim();
}

/** No tags, which may repeat and nest, and one quick filter at most, because in a row they can make ever more: values in text. */
function onlyPutsIn(node: Node): boolean {
  if (!(node instanceof Output)) return !(node instanceof Tag);
  const { filters: applied } = node.value;
  return applied.length <= 1 && applied.every(({ name }) => QUICK_FILTERS.has(name));
}

/** Does the same with each part, all of them within the time that there is. */
function eachPart<In, Out>(
  parts: [TemplatePart, In][],
  limitMs: number,
  run: (part: TemplatePart, from: In) => Out,
): [TemplatePart, Out][] {
  let at: TemplatePart = 'subject';
  const all = () => parts.map(([part, from]): [TemplatePart, Out] => [(at = part), run(part, from)]);
  try {
    return limitMs === Infinity ? all() : runWithin(limitMs, all);
  } catch (error) {
    throw problemOf(at, error);
  }
}

function problemOf(part: TemplatePart, error: unknown): TemplateProblem {
  if (error instanceof TookTooLong)
    return new TemplateProblem(part, `it takes longer than ${TIME_LIMIT_MS} ms`);
  if (!LiquidError.is(error)) return new TemplateProblem(part, messageOf(error));
  const [line] = error.token.getPosition();
  const { variableName } = (error.originalError ?? {}) as { variableName?: string };
  const what =
    variableName === undefined
      ? messageOf(error.originalError ?? error).replace(/, line:\d+, col:\d+$/, '')
      : `the variable ${variableName} is missing`;
  return new TemplateProblem(part, `line ${line}: ${what}`, variableName);
}

function messageOf(error: unknown): string {
  const { message } = error as Error;
  if (/limit exceeded$/.test(message)) return `it becomes too large (${message})`;
  return error instanceof RangeError ? 'it is nested too deep, or becomes too long' : message;
}

// As Liquid writes values, but for objects, of which nobody wants to read that they are.
function textOf(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (Array.isArray(value)) return value.map(textOf).join('');
  if (typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype)
    throw new Error('an object can not be put out, only what is in it');
  // eslint-disable-next-line @typescript-eslint/no-base-to-string -- those of Liquid have a text
  return String(value);
}

const ESCAPED: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&#34;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPED[char] ?? char);
}
