import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  decodeTimerId,
  encodeTimerId,
  groupKeyFrom,
  runDueMs,
  timersWorkflowId,
  workflowIdOf,
} from './timer-id.js';

const common = {
  dueMs: fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  index: fc.integer({ min: 0, max: 255 }),
  groupKey: fc.uint8Array({ minLength: 8, maxLength: 8 }).map(groupKeyFrom),
};
const anyParts = fc.oneof(
  fc.record({ ...common, index: fc.integer({ min: 0, max: 2047 }) }),
  fc.record({ ...common, leadSeconds: fc.integer({ min: 0, max: 7 }) }),
);

describe('the id of a timer', () => {
  it('says what it was made from', () => {
    fc.assert(fc.property(anyParts, (parts) => expect(decodeTimerId(encodeTimerId(parts))).toEqual(parts)));
  });

  it('is a UUID of version 8 and the variant of RFC 9562', () => {
    const uuid8 = /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    fc.assert(fc.property(anyParts, (parts) => expect(encodeTimerId(parts)).toMatch(uuid8)));
  });

  it('reads the same in upper case', () => {
    const parts = { dueMs: 1_800_000_000_000, index: 99, groupKey: 'abcdef0123456789' };
    expect(decodeTimerId(encodeTimerId(parts).toUpperCase())).toEqual(parts);
  });

  it('is none in a UUID of another version or variant, or in no UUID', () => {
    expect(decodeTimerId('b3b9f3a0-2f9e-4f5e-9a3e-1c2d3e4f5a6b')).toBeUndefined();
    expect(decodeTimerId('b3b9f3a0-2f9e-8f5e-ca3e-1c2d3e4f5a6b')).toBeUndefined();
    expect(decodeTimerId('b3b9f3a0')).toBeUndefined();
  });

  it('cannot be made from a time or an index that does not fit', () => {
    const groupKey = groupKeyFrom(new Uint8Array(8));
    for (const dueMs of [-1, 1.5, 2 ** 48, NaN]) {
      expect(() => encodeTimerId({ dueMs, index: 0, groupKey })).toThrow(RangeError);
    }
    for (const index of [-1, 2048, 0.5]) {
      expect(() => encodeTimerId({ dueMs: 0, index, groupKey })).toThrow(RangeError);
    }
    expect(() => groupKeyFrom(new Uint8Array(7))).toThrow(RangeError);
  });

  it('leads to a workflow of the tenant and to no other', () => {
    expect(timersWorkflowId('acme', '8000000000000001')).toBe('timers:acme:8000000000000001');
  });

  it('leads to the run that the engine has started for it, and back', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 8, max: 4e9 }),
        fc.integer({ min: 0, max: 7 }),
        (dueSeconds, leadSeconds) => {
          const parts = { dueMs: dueSeconds * 1000, groupKey: '8000000000000001', leadSeconds };
          const workflowId = workflowIdOf('acme', parts);
          expect(runDueMs(workflowId, leadSeconds)).toBe(parts.dueMs);
          expect(runDueMs(timersWorkflowId('acme', parts.groupKey), leadSeconds)).toBeUndefined();
        },
      ),
    );
    expect(workflowIdOf('acme', { dueMs: 2_000, groupKey: '8000000000000001', leadSeconds: 2 })).toBe(
      'timers:acme:8000000000000001-1970-01-01T00:00:00Z',
    );
  });
});
