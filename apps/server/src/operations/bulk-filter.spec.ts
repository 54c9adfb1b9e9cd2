import { describe, expect, it } from '@jest/globals';
import { bulkFilter } from './bulk-filter.js';

const NOW = 1_800_000_000_000;

describe('the filter of a bulk change', () => {
  it('is refused where nothing is given, unless all are meant', () => {
    expect(() => bulkFilter('cancel', {}, NOW)).toThrow('all must be true where there is no filter');
    expect(() => bulkFilter('cancel', { all: false }, NOW)).toThrow('all must be true');
    expect(bulkFilter('cancel', { all: true }, NOW).statuses).toEqual(['scheduled', 'retrying']);
  });

  it('is refused where it contradicts itself', () => {
    expect(() => bulkFilter('cancel', { all: true, host: 'example.com' }, NOW)).toThrow(
      'all must not be true',
    );
  });

  it('redelivers what was delivered only by name', () => {
    expect(bulkFilter('redeliver', { all: true }, NOW).statuses).toEqual(['failed', 'expired']);
    expect(bulkFilter('redeliver', { status: ['delivered'] }, NOW).statuses).toEqual(['delivered']);
  });

  it('leaves out statuses from which the change is not possible, and is refused if none is left', () => {
    expect(bulkFilter('cancel', { status: ['failed', 'retrying'] }, NOW).statuses).toEqual(['retrying']);
    expect(() => bulkFilter('cancel', { status: ['failed'] }, NOW)).toThrow('no other can be canceled');
    expect(() => bulkFilter('redeliver', { status: ['canceled'] }, NOW)).toThrow(
      'no other can be redelivered',
    );
  });

  it('leaves alone what is set, or fails, only after it was asked for', () => {
    expect(bulkFilter('redeliver', { all: true }, NOW)).toMatchObject({
      createdBeforeMs: NOW,
      changedBeforeMs: NOW,
    });
    expect(bulkFilter('cancel', { all: true }, NOW).changedBeforeMs).toBeUndefined();
  });
});
