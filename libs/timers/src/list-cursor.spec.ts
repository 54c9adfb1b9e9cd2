import { describe, expect, it } from '@jest/globals';
import { decodeCursor, encodeCursor, groupsFrom, InvalidCursor } from './list-cursor.js';
import type { TimerGroup } from './timer-groups.js';

const group = (name: string, startedMs: number, closedMs = Infinity): TimerGroup => ({
  ...{ workflowId: name, runId: `run of ${name}`, startedMs, closedMs },
  lines: [],
});

/** As the engine lists them. */
const GROUPS = [
  ...[group('open late', 30), group('open tie 1', 20), group('open tie 2', 20), group('open early', 10)],
  ...[group('closed late', 5, 90), group('closed early', 6, 80)],
];
const namesFrom = (at: TimerGroup, groups = GROUPS) =>
  groupsFrom(groups, at).groups.map(({ workflowId }) => workflowId);

describe('a cursor', () => {
  it.each([
    { token: 'abc' },
    { token: '', at: { ...group('a', 5), lines: undefined, index: 7 } },
    { token: 'abc', at: { ...group('a', 5, 9), lines: undefined, index: 0 } },
  ])('comes back as it was: %j', ({ token, at }) => {
    const { lines: _lines, ...place } = at ?? {};
    const decoded = decodeCursor(encodeCursor({ token, at }, 'list'), 'list');
    expect(decoded).toEqual(at ? { token, at: place } : { token });
  });

  it('is good for its own list only', () => {
    const cursor = encodeCursor({ token: 'abc' }, 'list');
    expect(() => decodeCursor(cursor, 'another list')).toThrow(InvalidCursor);
  });

  it.each(['', 'x', '"', 'null', '[]', '{}'])('is not %j', (text) => {
    expect(() => decodeCursor(text, 'list')).toThrow(InvalidCursor);
    expect(() => decodeCursor(Buffer.from(text).toString('base64url'), 'list')).toThrow(InvalidCursor);
  });
});

describe('what comes after a place in the list', () => {
  it('begins with the group at it, even among groups of the same time', () => {
    expect(namesFrom(group('open tie 2', 20))).toEqual([
      ...['open tie 2', 'open early'],
      ...['closed late', 'closed early'],
    ]);
    expect(namesFrom(group('closed early', 6, 80))).toEqual(['closed early']);
  });

  it('leaves out no group of the same time if the one at it has gone', () => {
    const left = GROUPS.filter(({ workflowId }) => workflowId !== 'open tie 2');
    expect(namesFrom(group('open tie 2', 20), left)).toEqual([
      ...['open tie 1', 'open early'],
      ...['closed late', 'closed early'],
    ]);
  });

  it('is not taken for the one at it if that has ended since', () => {
    const moved = GROUPS.filter(({ workflowId }) => workflowId !== 'open early');
    const ended = [...moved.slice(0, 3), group('open early', 10, 95), ...moved.slice(3)];
    expect(groupsFrom(ended, group('open early', 10))).toMatchObject({ found: false });
    expect(namesFrom(group('open early', 10), ended)).toEqual(['closed late', 'closed early']);
  });
});
