import { describe, expect, it } from '@jest/globals';
import type { ChildJob, Contribution } from '#contracts/job.js';
import { InvalidInput } from '../../jobs/input.js';
import { checkSettlement } from './settlement-check.js';

const CHILD = { type: 'check-price', input: { price: 1 }, tenant: null };

function check(children: unknown, contributions: unknown = []): () => void {
  return () =>
    checkSettlement({ children: children as ChildJob[], contributions: contributions as Contribution[] });
}

describe('what a group in another language leaves behind', () => {
  it('is taken when it is as agreed', () => {
    const id = 'a3bb189e-8bf9-8888-9912-ace4e6543002';
    expect(check([CHILD, { ...CHILD, id, tenant: 'acme', key: 'k' }])).not.toThrow();
    expect(check([], [{ result: 'notified' }])).not.toThrow();
    const sums = { counters: { total: 3, 'not-sent': -1 }, lists: { names: ['a', { b: 1 }, '😀 \\u0000'] } };
    expect(check([], [{ result: 'notified:spring-sale', ...sums }])).not.toThrow();
  });

  it.each([
    ['children that are no list', {}, [], 'children: it must be array'],
    [
      'a child of no type',
      [{ input: 1, tenant: null }],
      [],
      "children: 0 must have required property 'type'",
    ],
    // Absent must not come to mean: of all tenants.
    ['a child of no tenant', [{ type: 'a', input: 1 }], [], "0 must have required property 'tenant'"],
    ['a child of an empty tenant', [{ ...CHILD, tenant: '' }], [], '0.tenant'],
    ['a child of whom no tenant can be', [{ ...CHILD, tenant: 'a'.repeat(300) }], [], '0.tenant'],
    ['a child with an id of its own making', [{ ...CHILD, id: '1' }], [], '0.id must match format "uuid"'],
    [
      'an endless key',
      [{ ...CHILD, key: 'k'.repeat(256) }],
      [],
      '0.key must NOT have more than 255 characters',
    ],
    [
      'a contribution to nothing',
      [],
      [{ counters: { a: 1 } }],
      "contributions: 0 must have required property 'result'",
    ],
    ['a result of a strange name', [], [{ result: 'a b' }], '0.result must match pattern'],
    [
      'a counter that is no integer',
      [],
      [{ result: 'a', counters: { sum: '1' } }],
      '0.counters.sum must be integer',
    ],
    [
      'a counter that is no longer exact',
      [],
      [{ result: 'a', counters: { sum: 1e308 } }],
      '0.counters.sum must be <= 9007199254740991',
    ],
    [
      'a text that cannot be stored',
      [],
      [{ result: 'a', lists: { names: [{ deep: ['\0'] }] } }],
      'contributions: a text has a null character',
    ],
    ['half of a character', [], [{ result: 'a', lists: { names: ['\ud83d'] } }], 'half of a character'],
    [
      'a key that cannot be stored',
      [],
      [{ result: 'a', lists: { names: [{ 'a\0': 1 }] } }],
      'null character',
    ],
    ['a list that is none', [], [{ result: 'a', lists: { names: 'b' } }], '0.lists.names must be array'],
    [
      'what nobody asked for',
      [],
      [{ result: 'a', counter: 1 }],
      '0 must NOT have additional properties (counter)',
    ],
    [
      'two contributions to one result',
      [],
      [{ result: 'a' }, { result: 'b' }, { result: 'a' }],
      'two to a, make them one',
    ],
  ])('is refused when it has %s', (_what, children, contributions, message) => {
    expect(check(children, contributions)).toThrow(InvalidInput);
    expect(check(children, contributions)).toThrow(message);
  });
});
