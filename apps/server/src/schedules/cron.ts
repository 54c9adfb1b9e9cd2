/** A cron expression, read. */
export interface Cron {
  /** As the engine reads it: seconds first, the year last. A run comes when any of them says so. */
  engineExpressions: string[];
  /** It says nothing about hours and days: what clocks there show matters only within the hour. */
  everyHour: boolean;
  /** Hours in which it may come several times; none if it comes once an hour at most. */
  busyHours: number[];
  /** Seconds of a minute at which runs may come, ascending. */
  seconds: number[];
}

interface FieldRule {
  name: string;
  min: number;
  max: number;
  /** The first stands for `min`. */
  names?: string[];
}

interface Field {
  values: number[];
  /** As the engine is told. */
  listed: string;
  /** Begins with `*`: in the fields of days that counts as saying nothing about them. */
  open: boolean;
}

const SECOND: FieldRule = { name: 'second', min: 0, max: 59 };
const MINUTE: FieldRule = { name: 'minute', min: 0, max: 59 };
const HOUR: FieldRule = { name: 'hour', min: 0, max: 23 };
const DAY_OF_MONTH: FieldRule = { name: 'day of month', min: 1, max: 31 };
const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const MONTH: FieldRule = { name: 'month', min: 1, max: 12, names: MONTHS };
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'];
/** 0 and 7 are both Sunday. */
const DAY_OF_WEEK: FieldRule = { name: 'day of week', min: 0, max: 7, names: DAYS };

const DAYS_OF_MONTH = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const PART = /^(?:\*|([a-z\d]+)(?:-([a-z\d]+))?)(?:\/(\d{1,2}))?$/i;

class CronError extends Error {}

/** Why a text is no cron expression that the engine can keep to; undefined if it is one. */
export function cronProblem(text: string): string | undefined {
  try {
    parseCron(text);
    return undefined;
  } catch (error) {
    if (error instanceof CronError) return error.message;
    throw error;
  }
}

/** Reads an expression of five fields, or six with seconds first, that has no problem. */
export function parseCron(text: string): Cron {
  const fields = text.trim().split(/[ \t]+/);
  if (fields.length !== 5 && fields.length !== 6) {
    throw new CronError(
      `must have 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds first, has ${fields.length}`,
    );
  }
  const [second, minute, hour, dayOfMonth, month, dayOfWeek] = [
    parseField(fields.length === 6 ? (fields.shift() as string) : '0', SECOND),
    ...[MINUTE, HOUR, DAY_OF_MONTH, MONTH, DAY_OF_WEEK].map((rule, at) =>
      parseField(fields[at] as string, rule),
    ),
  ] as [Field, Field, Field, Field, Field, Field];
  if (dayOfWeek.open && !comes(dayOfMonth, month)) {
    throw new CronError(`never comes: no month that it names has a day ${dayOfMonth.values[0]}`);
  }
  const expression = (days: string, weekdays: string) =>
    [second.listed, minute.listed, hour.listed, days, month.listed, weekdays, '*'].join(' ');
  // Two fields of days that both say something: one of them is enough. The engine would ask for both.
  const eitherDay = !dayOfMonth.open && !dayOfWeek.open;
  return {
    seconds: second.values,
    busyHours: minute.values.length * second.values.length > 1 ? hour.values : [],
    everyHour: [hour, dayOfMonth, month, dayOfWeek].every(({ listed }) => listed === '*'),
    engineExpressions: eitherDay
      ? [expression(dayOfMonth.listed, '*'), expression('*', dayOfWeek.listed)]
      : [expression(dayOfMonth.listed, dayOfWeek.listed)],
  };
}

/** The least time between two runs, in seconds; 60 if that is a minute or more. */
export function leastGapSeconds({ seconds }: Cron): number {
  const gaps = seconds.map((second, at) => (seconds[at + 1] ?? (seconds[0] as number) + 60) - second);
  return Math.min(...gaps);
}

function parseField(text: string, rule: FieldRule): Field {
  const found = new Set(text.split(',').flatMap((part) => parsePart(part, rule)));
  const values = [...found].sort((a, b) => a - b);
  const all = values.length === lastOf(rule) - rule.min + 1;
  return { values, listed: all ? '*' : values.join(','), open: text.startsWith('*') };
}

function parsePart(part: string, rule: FieldRule): number[] {
  const [matched, from, to, stepText] = PART.exec(part) ?? [];
  if (matched === undefined) {
    throw new CronError(
      `has ${shown(part)} as its ${rule.name}, allowed are *, a value, a range a-b, a step */n or a-b/n, and lists of them`,
    );
  }
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1) throw new CronError(`has a step of 0 in its ${rule.name}, the least is 1`);
  const start = from === undefined ? rule.min : valueOf(from, rule);
  const open = from === undefined || (to === undefined && stepText !== undefined);
  const end = open ? Math.max(start, lastOf(rule)) : to === undefined ? start : valueOf(to, rule, true);
  if (end < start)
    throw new CronError(`has the range ${part} as its ${rule.name}, which ends before it begins`);
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(rule === DAY_OF_WEEK ? value % 7 : value);
  return values;
}

function valueOf(text: string, rule: FieldRule, endsRange = false): number {
  const { name, min, max, names = [] } = rule;
  const upper = text.toUpperCase();
  // So that MON-SUN is a range.
  const at = endsRange ? names.lastIndexOf(upper) : names.indexOf(upper);
  if (at >= 0) return min + at;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  const also = names.length > 0 ? ` and ${names[0]} to ${names[names.length - (max === 7 ? 2 : 1)]}` : '';
  throw new CronError(`has ${shown(text)} as its ${name}, allowed are ${min} to ${max}${also}`);
}

function comes(dayOfMonth: Field, month: Field): boolean {
  const first = dayOfMonth.values[0] as number;
  return month.values.some((each) => first <= (DAYS_OF_MONTH[each - 1] as number));
}

/** The largest value that is not another name of the smallest. */
function lastOf(rule: FieldRule): number {
  return rule === DAY_OF_WEEK ? 6 : rule.max;
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 40));
}
