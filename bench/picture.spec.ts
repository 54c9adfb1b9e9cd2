import { describe, expect, it } from '@jest/globals';
import { picture } from './picture.js';

const PLOT = { title: 'Lateness <p99>', unit: 'ms', rows: ['slow', 'fast'], logarithmic: false };
const COLUMNS = ['ours', 'theirs'];
const ROWS = [
  { name: 'slow', unit: 'ms', values: [[10], [40]] },
  { name: 'fast', unit: 'ms', values: [[5, 20, 10], []] },
  { name: 'not shown', unit: 's', values: [[9_999], [9_999]] },
];

/** Heights of the bars, in the order they stand in. */
const barHeights = (svg: string) =>
  [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="46" height="([\d.]+)"/g)].map(([, height]) =>
    Number(height),
  );

describe('a picture of some rows', () => {
  it('has a bar as high as its median for each column that was measured', () => {
    const [oursSlow = 0, theirsSlow = 0, oursFast = 0, ...more] = barHeights(picture(PLOT, COLUMNS, ROWS));
    expect(theirsSlow / oursSlow).toBeCloseTo(4, 1);
    expect(oursFast).toBe(oursSlow);
    expect(more).toEqual([]);
  });

  it('puts values that are ten times apart at even steps when it is logarithmic', () => {
    const rows = [{ name: 'slow', unit: 'ms', values: [[1], [10], [100]] }];
    const svg = picture({ ...PLOT, rows: ['slow'], logarithmic: true }, ['a', 'b', 'c'], rows);
    const [one = 0, ten = 0, hundred = 0] = barHeights(svg);
    expect(hundred - ten).toBeCloseTo(ten - one, -1);
  });

  it('is well-formed whatever words stand in it, and draws nothing that is not a number', () => {
    const svg = picture(PLOT, COLUMNS, [{ name: 'slow', unit: 'ms', values: [[0], [0]] }]);
    expect(svg).toContain('Lateness &#60;p99&#62;');
    expect(svg).not.toMatch(/NaN|Infinity/);
  });
});
