import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import type { GroupTask } from '#contracts/job.js';
import { MAX_OUTCOME_BYTES } from '#contracts/job.js';
import { Accumulator } from './accumulator.js';
import { InvalidInput } from './input.js';
import { childId } from './child-id.js';
import { defineJob } from './define-job.js';
import { defineResult } from './define-result.js';

const task = (tenant: string | null = 'acme'): GroupTask => ({
  ...{
    job: { id: 'parent', tenant, type: 'parent' },
    group: 'first',
    index: 2,
    input: {},
    timeoutMs: 1,
    retry: 'none',
    killAtMs: 0,
  },
});
const child = defineJob({
  name: 'child',
  input: Type.Object({ user: Type.Integer({ minimum: 1 }) }, { additionalProperties: false }),
  groups: [{ name: 'only', steps: [() => undefined] }],
});
const totals = defineResult({
  name: 'totals',
  counters: ['sent', 'failed'],
  lists: { bounced: Type.Object({ email: Type.String({ format: 'email' }) }) },
});

describe('what a try of a group collects', () => {
  it('is all of it when it is closed, and nothing where there was nothing', () => {
    const collected = new Accumulator(task());
    const id = collected.enqueue(child, { user: 1 });
    collected.add(totals, { sent: 2 });
    expect(collected.close({ page: 1 })).toEqual({
      data: { page: 1 },
      children: [{ id, type: 'child', tenant: 'acme', input: { user: 1 } }],
      contributions: [{ result: 'totals', counters: { sent: 2 } }],
    });
    expect(new Accumulator(task()).close(undefined)).toEqual({});
  });

  it('has a child of one key once', () => {
    const collected = new Accumulator(task());
    const [first, again] = [1, 2].map((user) => collected.enqueue(child, { user }, { key: 'k' }));
    expect(again).toBe(first);
    expect(collected.close(undefined).children).toMatchObject([{ id: first, input: { user: 1 } }]);
  });

  it('is one sum for each result, however often is added to it', () => {
    const collected = new Accumulator(task());
    collected.add(totals, { sent: 2, bounced: [{ email: 'a@example.com' }] });
    collected.add(totals, { sent: 3, failed: 1, bounced: [{ email: 'b@example.com' }] });
    collected.add(totals, { sent: 100 }, { of: 'spring' });
    expect(collected.close(undefined).contributions).toEqual([
      {
        result: 'totals',
        counters: { sent: 5, failed: 1 },
        lists: { bounced: [{ email: 'a@example.com' }, { email: 'b@example.com' }] },
      },
      { result: 'totals:spring', counters: { sent: 100 } },
    ]);
  });

  it('takes nothing that the type of a child or a result does not allow, and says where it is wrong', () => {
    const collected = new Accumulator(task());
    expect(() => collected.enqueue(child, { user: 0, name: 'x' })).toThrow(
      'input of child: it must NOT have additional properties (name); user must be >= 1',
    );
    expect(() => collected.add(totals, { bounced: [{ email: 'nobody' }] })).toThrow(
      'item of totals.bounced: email must match format "email"',
    );
    expect(() => collected.add(totals, { sent: 0.5 })).toThrow('no counter or list sent that takes number');
    expect(() => collected.add(totals, { opened: 1 })).toThrow('no counter or list opened');
    expect(() => collected.add(totals, {}, { of: 'a:b' })).toThrow('result totals of "a:b"');
    expect(() => collected.enqueue(child, { user: 1 }, { key: 'k'.repeat(256) })).toThrow('got 256');
    expect(() => collected.enqueue(child, { user: 1 }, { key: '' })).toThrow('1 to 255 characters, got 0');
  });

  it('takes nothing that could never be stored, and nobody whom no tenant can be', () => {
    const collected = new Accumulator(task());
    const named = defineResult({ name: 'named', counters: [], lists: { names: Type.String() } });
    for (const name of ['a\0b', '\udc00'])
      expect(() => collected.add(named, { names: [name] })).toThrow(
        'named.names: a text has a null character',
      );
    expect(() => collected.enqueue(child, { user: 1 }, { tenant: 'a'.repeat(300) })).toThrow(
      'no tenant can be called so',
    );
  });

  it.each<[string | null, object, string | null]>([
    ['acme', {}, 'acme'],
    ['acme', { scope: 'tenant' }, 'acme'],
    ['acme', { scope: 'global' }, null],
    ['acme', { tenant: 'other' }, 'other'],
    [null, {}, null],
    [null, { tenant: 'other' }, 'other'],
    [null, { scope: 'tenant', tenant: 'other' }, 'other'],
  ])('of a job of %j enqueued with %j is work of %j', (own, options, owner) => {
    const collected = new Accumulator(task(own));
    collected.enqueue(child, { user: 1 }, options);
    expect(collected.close(undefined).children?.[0]?.tenant).toBe(owner);
  });

  it('is no work of a tenant where nobody says of which', () => {
    const collected = new Accumulator(task(null));
    expect(() => collected.enqueue(child, { user: 1 }, { scope: 'tenant' })).toThrow(
      'parent has none: name it',
    );
  });

  it('is refused after its end, when a step was not waited for', () => {
    const collected = new Accumulator(task());
    collected.close(undefined);
    expect(() => collected.enqueue(child, { user: 1 })).toThrow('a step has gone on after its end');
    expect(() => collected.add(totals, { sent: 1 })).toThrow('a step has gone on after its end');
  });

  it('must fit into the engine: else no try will ever do, and it says so', () => {
    const tooMuch = () => new Accumulator(task()).close('x'.repeat(MAX_OUTCOME_BYTES));
    expect(tooMuch).toThrow(InvalidInput);
    expect(tooMuch).toThrow(`has ${MAX_OUTCOME_BYTES + 13} bytes, ${MAX_OUTCOME_BYTES} are allowed`);
  });

  it('must fit into the engine together with the input, where it has data that goes along with it', () => {
    const half = 'x'.repeat(MAX_OUTCOME_BYTES / 2);
    const collected = () => new Accumulator({ ...task(), input: half });
    expect(() => collected().close(half)).toThrow('with the input of the job');
    expect(() => collected().close(half.slice(100))).not.toThrow();
    const more = new Accumulator({ ...task(), input: 'x'.repeat(MAX_OUTCOME_BYTES) });
    more.enqueue(child, { user: 1 });
    expect(more.close(undefined).children).toHaveLength(1);
  });
});

describe('the id of a child', () => {
  const at = (job: object, index: number, ordinal: number, more: object = {}) =>
    childId({ job: { id: 'parent', tenant: 'acme', type: 'parent', ...job }, index }, ordinal, {
      ...{ type: 'child', tenant: 'acme', ...more },
    });

  it('is a UUID, and the same at each try of its group', () => {
    expect(at({}, 1, 0)).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(at({}, 1, 0)).toBe(at({}, 1, 0));
  });

  it('is another one at every place where one can be enqueued', () => {
    const ids = [
      at({}, 1, 0),
      at({}, 1, 1),
      at({}, 2, 0),
      at({ id: 'other' }, 1, 0),
      at({ tenant: 'b' }, 1, 0),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('follows from its key alone where it has one, within its type and tenant', () => {
    const keyed = at({}, 1, 0, { key: 'user-1' });
    expect(at({ id: 'other', tenant: 'b' }, 5, 9, { key: 'user-1' })).toBe(keyed);
    expect(at({}, 1, 0, { key: 'user-2' })).not.toBe(keyed);
    expect(at({}, 1, 0, { key: 'user-1', type: 'other' })).not.toBe(keyed);
    expect(at({}, 1, 0, { key: 'user-1', tenant: null })).not.toBe(keyed);
  });
});
