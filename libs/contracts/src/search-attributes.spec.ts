import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { SEARCH_ATTRIBUTES } from './search-attributes.js';

const expected = SEARCH_ATTRIBUTES.map(({ name, type }) => [name, type.replaceAll('_', '').toLowerCase()]);

describe('the search attributes', () => {
  it('are those that the set-up script of a production engine makes', () => {
    const script = readFileSync('deploy/temporal/setup-namespace.sh', 'utf8');
    const made = [...script.matchAll(/--name (\w+) --type (\w+)/g)];
    expect(made.map(([, name, type]) => [name, type?.toLowerCase()])).toEqual(expected);
  });

  it('are those that the guide names, for who sets an engine up by hand', () => {
    const guide = readFileSync('docs/operating.md', 'utf8');
    const named = [...guide.matchAll(/--search-attribute (\w+)=(\w+)/g)];
    expect(named.map(([, name, type]) => [name, type?.toLowerCase()])).toEqual(expected);
  });

  it('are no more of a type than SQL visibility has columns for', () => {
    const count = (wanted: string) => expected.filter(([, type]) => type === wanted).length;
    expect(count('datetime')).toBeLessThanOrEqual(3);
    expect(count('keywordlist')).toBeLessThanOrEqual(3);
  });
});
