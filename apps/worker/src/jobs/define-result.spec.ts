import { describe, expect, it } from '@jest/globals';
import { Type } from '@sinclair/typebox';
import { defineResult } from './define-result.js';

describe('a kind of result', () => {
  it('has counters and lists by name', () => {
    const item = Type.String();
    const result = defineResult({ name: 'totals', counters: ['sent'], lists: { failed: item } });
    expect(result).toEqual({ name: 'totals', counters: ['sent'], lists: { failed: item } });
    expect(defineResult({ name: 'bare' })).toEqual({ name: 'bare', counters: [], lists: {} });
  });

  it('whose name would be taken for another one is refused', () => {
    expect(() => defineResult({ name: 'totals:acme' })).toThrow('"totals:acme" is no name');
    expect(() => defineResult({ name: 'totals', counters: ['a b'] })).toThrow('"a b" is no name');
  });

  it('with a counter and a list of one name is refused', () => {
    const twice = { name: 'totals', counters: ['sent'], lists: { sent: Type.String() } };
    expect(() => defineResult(twice)).toThrow('two counters or lists of one name');
  });
});
