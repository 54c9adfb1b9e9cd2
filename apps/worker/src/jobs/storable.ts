import { InvalidInput } from './input.js';

/** Half of a character, which JSON can carry and PostgreSQL cannot. */
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Throws `InvalidInput` if PostgreSQL would refuse a text within, however often it is asked. */
export function assertStorable(value: unknown, what: string): void {
  JSON.stringify(value, (key, each: unknown) => {
    if (!isStorable(key) || (typeof each === 'string' && !isStorable(each))) {
      throw new InvalidInput(`${what}: a text has a null character or half of a character in it`);
    }
    return each;
  });
}

function isStorable(text: string): boolean {
  return !text.includes('\0') && !LONE_SURROGATE.test(text);
}
