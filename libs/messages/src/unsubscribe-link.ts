import { BrokenSeal, deriveKey, Sealing } from '#database/sealing.js';

/**
 * What stands in a message for the link by which its recipient opts out. Templates give it through as it is; the link
 * takes its place when the message is sent, because only then is it known to whom.
 */
export const UNSUBSCRIBE_PLACEHOLDER = '{{ unsubscribe_url }}';
const PLACEHOLDER = /\{\{-?\s*unsubscribe_url\s*-?\}\}/g;
const FILTERED = /\{\{-?\s*unsubscribe_url\s*\|\s*(?!(?:raw|escape)\s*-?\}\}|default\b)(\w+)/;
/** Also through a filter, or in a tag. */
const ASKS = /\{[{%][^{}]*\bunsubscribe_url\b/;

const CONTEXT = 'unsubscribe';
/** Longer than any that was made here. */
const MAX_TOKEN_LENGTH = 1_000;

export interface UnsubscribeOptions {
  /** Where the API is reached from outside, without a slash at the end. */
  publicUrl: string;
  /** 32 bytes. */
  secretsKey: Uint8Array;
  /** Keys of before: links that were made with others are void. */
  olderKeys?: readonly Uint8Array[];
}

/** Whose message to whom a link is in. */
export interface UnsubscribeToken {
  tenant: string;
  address: string;
}

/** Links by which recipients opt out, RFC 8058. They show nothing of the address, no one else can make them, and they never expire. */
export class UnsubscribeLinks {
  private readonly publicUrl: string;
  private readonly sealing: Sealing;

  constructor({ publicUrl, secretsKey, olderKeys = [] }: UnsubscribeOptions) {
    this.publicUrl = publicUrl;
    const [key, ...older] = [secretsKey, ...olderKeys].map((each) => deriveKey(each, 'unsubscribe links'));
    this.sealing = new Sealing(key as Buffer, ...older);
  }

  linkFor(tenant: string, address: string): string {
    const token = this.sealing.seal(Buffer.from(JSON.stringify([tenant, address])), CONTEXT);
    return `${this.publicUrl}/unsubscribe/${token.toString('base64url')}`;
  }

  /** Undefined if the token was never made here. */
  read(token: string): UnsubscribeToken | undefined {
    if (token.length > MAX_TOKEN_LENGTH || !/^[\w-]+$/.test(token)) return undefined;
    try {
      const opened = this.sealing.open(Buffer.from(token, 'base64url'), CONTEXT);
      const [tenant, address] = JSON.parse(opened.toString()) as [string, string];
      return { tenant, address };
    } catch (error) {
      if (error instanceof BrokenSeal) return undefined;
      throw error;
    }
  }
}

/** Whether there is a place for the link in it. */
export function hasUnsubscribePlaceholder(text: string): boolean {
  return text.search(PLACEHOLDER) >= 0;
}

/** What is wrong with a subject that asks for the link. */
export const SUBJECT_WITH_LINK = 'must not have {{ unsubscribe_url }}, which text and html may';

/** Whether a template, as Liquid that was not rendered yet, asks for the link. */
export function asksForUnsubscribeUrl(source: string): boolean {
  return ASKS.test(source);
}

/** What is wrong with a template that lets the link go through a filter, which then would not come out; undefined if none does. */
export function unsubscribeUrlProblem(source: string): string | undefined {
  const [, filter] = FILTERED.exec(source) ?? [];
  return filter && `must not change unsubscribe_url by ${filter}: the link is put in when the mail is sent`;
}

/** The text with the link wherever the placeholder stands in it. */
export function withUnsubscribeUrl(text: string, url: string): string {
  return text.replace(PLACEHOLDER, () => url);
}
