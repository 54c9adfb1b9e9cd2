import { describe, expect, it } from '@jest/globals';
import { formatNumber, markdownTable, median, percentile, spread } from './statistics.js';

describe('statistics', () => {
  it('takes percentiles by nearest rank, whatever the order of the values', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile(values, 1)).toBe(100);
    expect(percentile([7], 0.99)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });

  it('sorts numbers as numbers', () => {
    expect(percentile([9, 10, 100], 0.5)).toBe(10);
    expect(median([100, 9, 10])).toBe(10);
  });

  it('takes the median of an even number of values half-way between the middle two', () => {
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([5])).toBe(5);
    expect(median([])).toBeNaN();
  });

  it('tells the rounds in three numbers', () => {
    expect(spread([3, 1, 2])).toEqual({ min: 1, median: 2, max: 3 });
    expect(spread([])).toEqual({ min: NaN, median: NaN, max: NaN });
  });

  it('writes numbers as short as their size allows', () => {
    expect(formatNumber(4567.8)).toBe('4,568');
    expect(formatNumber(12.345)).toBe('12.3');
    expect(formatNumber(0.00012345)).toBe('0.000123');
    expect(formatNumber(0)).toBe('0');
    expect(formatNumber(NaN)).toBe('–');
  });

  it('lines the columns of a table up', () => {
    const table = markdownTable([
      ['figure', '×'],
      ['p99', '1.25'],
    ]);
    expect(table).toBe('| figure | ×    |\n| ------ | ---- |\n| p99    | 1.25 |');
  });
});
