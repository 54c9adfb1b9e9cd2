import type { Timer } from '#contracts/timers.js';
import { isOfJobs } from './engine-schedule.js';
import type { EngineSchedule } from './engine-schedule.js';

/** Fields by their names in the API. */
export type Fields = Record<string, unknown>;

/** Two fields that stand for the same thing: who sets one of them takes the other away. */
const ALTERNATIVES = [
  ['cron', 'every'],
  ['body', 'body_base64'],
] as const;

/** What is kept of the fields beside what runs are started with, which has the body, or the input of the job. */
export function askedOf(fields: object): Fields {
  const { body: _body, body_base64: _bodyBase64, job, ...rest } = fields as Fields;
  const asked = isSet(job) ? { ...rest, job: withoutInput(job as Fields) } : rest;
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** The fields that the client has set. */
export function fieldsOf({ input }: Pick<EngineSchedule, 'input'>): Fields {
  const { asked } = input.run.schedule;
  if (isOfJobs(input)) return { ...asked, job: { ...(asked.job as Fields), input: input.input } };
  return { ...asked, ...bodyOf(input.timers[0] as Timer) };
}

/** The fields after a change: one that is null is taken away. */
export function changedFields(fields: Fields, patch: Fields): Fields {
  const changed = { ...fields };
  for (const [one, other] of ALTERNATIVES) {
    if (isSet(patch[one])) delete changed[other];
    if (isSet(patch[other])) delete changed[one];
  }
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete changed[name];
    else changed[name] = value;
  }
  return changed;
}

function withoutInput({ input: _, ...job }: Fields): Fields {
  return job;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function bodyOf({ body, bodyEncoding }: Timer): Fields {
  if (body === undefined) return {};
  return bodyEncoding === 'base64' ? { body_base64: body } : { body: JSON.parse(body) as unknown };
}
