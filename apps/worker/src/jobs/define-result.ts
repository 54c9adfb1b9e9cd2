import type { InputOf, JsonSchema } from './input.js';

export type ListItem<S extends JsonSchema> = InputOf<S>;

/** What is written down for a kind of aggregated result. */
export interface ResultDefinition<C extends string, L extends Record<string, JsonSchema>> {
  /** Letters, digits, `-`, `_` and `.`. */
  name: string;
  counters?: readonly C[];
  /** By name, with the schema of an item. */
  lists?: L;
}

/** A kind of aggregated result: counters and lists that many jobs add to. */
export interface ResultType<
  C extends string = string,
  L extends Record<string, JsonSchema> = Record<never, never>,
> {
  readonly name: string;
  readonly counters: readonly C[];
  readonly lists: L;
}

const NAME = /^[A-Za-z0-9][\w.-]{0,63}$/;

/** Throws if a name is wrong or used twice. */
export function defineResult<
  const C extends string = never,
  L extends Record<string, JsonSchema> = Record<never, never>,
>({ name, counters = [], lists = {} as L }: ResultDefinition<C, L>): ResultType<C, L> {
  const names = [...counters, ...Object.keys(lists)];
  for (const each of [name, ...names]) {
    if (!NAME.test(each))
      throw new Error(`result ${name}: "${each}" is no name: 1 to 64 letters, digits, -, _ or .`);
  }
  if (new Set(names).size < names.length)
    throw new Error(`result ${name} has two counters or lists of one name`);
  return { name, counters, lists };
}
