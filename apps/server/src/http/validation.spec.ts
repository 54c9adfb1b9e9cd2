import { Allow, IsString } from 'class-validator';
import { describe, expect, it } from '@jest/globals';
import { IsDecimal, IsWhole, MayBeOmitted, Nested, validated } from './validation.js';

class Inner {
  @IsString({ message: 'must be a text' })
  name!: string;
}

class Outer {
  @Allow()
  anything?: unknown;

  @MayBeOmitted()
  @Nested(Inner)
  inner?: Inner;

  @MayBeOmitted()
  @IsWhole(1, 3)
  whole?: number;

  @MayBeOmitted()
  @IsDecimal(0, 1, { each: true })
  decimals?: number[];
}

class Derived extends Outer {}

const json = (text: string) => validated(Derived, JSON.parse(text));

describe('validation', () => {
  it('gives an instance of the class, with nested ones', async () => {
    const value = await json('{"inner": {"name": "a"}, "whole": 3, "decimals": [0, 0.125, 1]}');
    expect(value).toBeInstanceOf(Derived);
    expect(value.inner).toBeInstanceOf(Inner);
    expect(value).toMatchObject({ inner: { name: 'a' }, whole: 3, decimals: [0, 0.125, 1] });
  });

  it('does not touch what may be anything, whatever its properties are called', async () => {
    const text = '{"constructor":1,"prototype":{"constructor":null},"then":[{"toString":2}],"length":3}';
    expect(JSON.stringify((await json(`{"anything": ${text}}`)).anything)).toBe(text);
  });

  it.each([
    ['{"inner": "a"}', 'inner must be an object, got "a"'],
    ['{"inner": null}', 'inner must be an object, got null'],
    ['{"inner": []}', 'inner must be an object, got []'],
    ['{"inner": [{"name": "a"}]}', 'inner must be an object, got [{"name":"a"}]'],
    ['{"inner": {"name": 1}}', 'inner.name must be a text, got 1'],
    ['{"inner": {"name": "a", "other": 1}}', 'inner.other is not a known property'],
    ['{"inner": {"constructor": 1}}', 'constructor is not a known property'],
    ['{"constructor": 1}', 'constructor is not a known property'],
    ['{"whole": 1.5}', 'whole must be a whole number from 1 to 3, got 1.5'],
    ['{"whole": 4}', 'whole must be a whole number from 1 to 3, got 4'],
    ['{"whole": "1"}', 'whole must be a whole number from 1 to 3, got "1"'],
    [
      '{"decimals": [0.0001]}',
      'decimals must hold numbers from 0 to 1 with at most 3 decimals, got [0.0001]',
    ],
    [
      '{"decimals": [0.5, -1]}',
      'decimals must hold numbers from 0 to 1 with at most 3 decimals, got [0.5,-1]',
    ],
    [
      '{"decimals": [5e-324]}',
      'decimals must hold numbers from 0 to 1 with at most 3 decimals, got [5e-324]',
    ],
    ['{"decimals": ["0.5"]}', 'decimals must hold numbers from 0 to 1 with at most 3 decimals, got ["0.5"]'],
    ['[]', 'body must be a JSON object'],
    ['[null, null]', 'body must be a JSON object'],
  ])('refuses %s', async (text, message) => {
    await expect(json(text)).rejects.toThrow(message);
  });
});
