import { describe, expect, it } from '@jest/globals';
import { cronProblem, leastGapSeconds, parseCron } from './cron.js';

describe('a cron expression', () => {
  it.each([
    ['0 9 * * *', '0 0 9 * * * *'],
    ['30 0 9 * * *', '30 0 9 * * * *'],
    ['*/20 5 * * *', '0 0,20,40 5 * * * *'],
    ['10-20/5,50 5 * * *', '0 10,15,20,50 5 * * * *'],
    ['45/5 5 * * *', '0 45,50,55 5 * * * *'],
    ['0 * * jan,JUL *', '0 0 * * 1,7 * *'],
    ['0 8 * * mon-fri', '0 0 8 * * 1,2,3,4,5 *'],
    ['0 8 * * MON-SUN/2', '0 0 8 * * 0,1,3,5 *'],
    ['0 8 * * 5-7', '0 0 8 * * 0,5,6 *'],
    ['0 8 * * 7', '0 0 8 * * 0 *'],
    [' 0  8\t1 1 * ', '0 0 8 1 1 * *'],
    ['0 0 29 2 *', '0 0 0 29 2 * *'],
  ])('%s is told the engine as %s', (cron, expression) => {
    expect(cronProblem(cron)).toBeUndefined();
    expect(parseCron(cron).engineExpressions).toEqual([expression]);
  });

  it('that names days of the month and of the week comes on either, as cron has always had it', () => {
    expect(parseCron('0 0 13 * FRI').engineExpressions).toEqual(['0 0 0 13 * * *', '0 0 0 * * 5 *']);
    expect(parseCron('0 0 */2 * FRI').engineExpressions).toHaveLength(1);
  });

  it.each([
    ['*/5 * * * *', true],
    ['0 0 0-23 * * 0-6', true],
    ['0 2 * * *', false],
    ['0 * 1 * *', false],
    ['0 * * * MON', false],
  ])('%s says nothing of hours and days: %s', (cron, everyHour) => {
    expect(parseCron(cron).everyHour).toBe(everyHour);
  });

  it.each([
    ['', /5 fields .* has 1/],
    ['* * * *', /5 fields .* has 4/],
    ['* * * * * * *', /5 fields .* has 7/],
    ['@daily', /5 fields/],
    ['TZ=UTC 0 9 * * *', /"TZ=UTC" as its second/],
    ['60 * * * *', /"60" as its minute, allowed are 0 to 59/],
    ['0 24 * * *', /"24" as its hour, allowed are 0 to 23/],
    ['0 0 0 * *', /"0" as its day of month, allowed are 1 to 31/],
    ['0 0 1 13 *', /"13" as its month, allowed are 1 to 12 and JAN to DEC/],
    ['0 0 1 JANUARY *', /"JANUARY" as its month/],
    ['0 0 * * 8', /"8" as its day of week, allowed are 0 to 7 and SUN to SAT/],
    ['-1 * * * *', /"-1" as its minute/],
    ['1.5 * * * *', /"1.5" as its minute/],
    ['*/0 * * * *', /step of 0 in its minute/],
    ['*/ * * * *', /as its minute/],
    ['1,,2 * * * *', /"" as its minute/],
    ['5-1 * * * *', /range 5-1 as its minute, which ends before it begins/],
    ['0 0 * * FRI-MON', /range FRI-MON as its day of week/],
    ['0 0 L * *', /"L" as its day of month/],
    ['0 0 15W * *', /"15W" as its day of month/],
    ['0 0 * * 5#2', /"5#2" as its day of week/],
    ['0 0 ? * *', /"\?" as its day of month/],
    ['0 0 31 2,4 *', /never comes: no month that it names has a day 31/],
  ])('must not be %j', (cron, problem) => {
    expect(cronProblem(cron)).toMatch(problem);
  });

  it.each([
    ['0 9 * * *', 60],
    ['* * * * * *', 1],
    ['*/15 * * * * *', 15],
    ['0,58 * * * * *', 2],
    ['30 0 9 * * *', 60],
  ])('%s comes at least every %i s', (cron, seconds) => {
    expect(leastGapSeconds(parseCron(cron))).toBe(seconds);
  });
});
