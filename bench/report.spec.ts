import { describe, expect, it } from '@jest/globals';
import { table, verdict } from './report.js';

describe('what a goal comes to', () => {
  it('holds the first column, or its ratio to the second, against a bound', () => {
    expect(verdict({ of: 'value', atMost: 10 }, [10, 99])).toBe('met');
    expect(verdict({ of: 'value', atMost: 10 }, [10.1, 99])).toBe('**missed**');
    expect(verdict({ of: 'ratio', atLeast: 10 }, [1_000, 100])).toBe('met');
    expect(verdict({ of: 'ratio', atMost: 0.1 }, [11, 100])).toBe('**missed**');
  });

  it('is missed when any other column is better, whatever the bound says', () => {
    expect(verdict({ of: 'value', atMost: 10, first: 'lowest' }, [5, 40, 4])).toBe('**missed**');
    expect(verdict({ of: 'value', atMost: 10, first: 'lowest' }, [4, 40, 4])).toBe('met');
    expect(verdict({ of: 'value', first: 'highest' }, [40, 4, NaN])).toBe('met');
  });

  it('is missed by what was not measured', () => {
    expect(verdict({ of: 'value', atMost: 10 }, [NaN, 1])).toBe('**missed**');
    expect(verdict({ of: 'ratio', atLeast: 1 }, [1, NaN])).toBe('**missed**');
  });

  it('stands beside the median of each column, its spread and the ratio', () => {
    const rows = [
      { name: 'p99', unit: 'ms', goal: { of: 'value', atMost: 10 } as const, values: [[4, 2, 3], [30], []] },
    ];
    const lines = table({ name: 'x', title: 'X', columns: ['ours', 'bare', 'other'], rows, notes: [] }).split(
      '\n',
    );
    expect(lines[2]?.split('|').map((cell) => cell.trim())).toEqual([
      ...['', 'p99, ms', '3 (2 – 4)', '30', '–', '0.1', '≤ 10', 'met', ''],
    ]);
  });
});
