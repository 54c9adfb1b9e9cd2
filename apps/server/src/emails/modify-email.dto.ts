import { ApiSchema } from '@nestjs/swagger';
import type { Modification } from '#contracts/timer-change.js';
import type { TimerView } from '#contracts/timers.js';
import { formatInstant } from '../http/rfc3339.js';
import { invalid } from '../http/problem.exception.js';
import { validated } from '../http/validation.js';
import { killTime, sendTime } from './email-times.js';
import { EmailTimesDto } from './email-times.dto.js';

/** Another time. What is not named stays as it is; `kill_at` is taken away by null. */
@ApiSchema({ name: 'ModifyEmail' })
export class ModifyEmailDto extends EmailTimesDto {}

/** One request for each thing that is often wanted. */
export const MODIFY_EMAIL_EXAMPLES = {
  later: { summary: 'In two hours from now', value: { delay: 'PT2H' } },
  forever: { summary: 'However late it becomes', value: { kill_at: null } },
};

export interface EmailPatch {
  times: ModifyEmailDto;
  unsetsKillTime: boolean;
}

/** Reads a JSON merge patch (RFC 7396). */
export async function readEmailPatch(json: Record<string, unknown>): Promise<EmailPatch> {
  if (Object.keys(json).length === 0)
    throw invalid([{ field: 'body', message: 'must name what is to be changed' }]);
  const { kill_at, ...rest } = json;
  const removed = Object.keys(rest).filter((name) => rest[name] === null);
  if (removed.length > 0)
    throw invalid(removed.map((field) => ({ field, message: 'can not be taken away' })));
  const unsetsKillTime = kill_at === null;
  const given = unsetsKillTime || kill_at === undefined ? rest : json;
  return { times: await validated(ModifyEmailDto, given), unsetsKillTime };
}

/** The change that gives an e-mail, as it stands, its new times. Throws a problem if they are none. */
export function emailModification(
  { timer, version }: TimerView,
  { times, unsetsKillTime }: EmailPatch,
  horizonMs: number,
): Modification {
  const bounds = { nowMs: Date.now(), horizonMs };
  const dueMs = sendTime(times, bounds);
  const expiresMs = killTime(times, dueMs ?? timer.dueMs, bounds);
  const keptMs = unsetsKillTime ? undefined : timer.expiresMs;
  if (dueMs !== undefined && expiresMs === undefined && keptMs !== undefined && keptMs <= dueMs) {
    const message = `must be before kill_at, which is ${formatInstant(keptMs)}`;
    throw invalid([{ field: times.send_at === undefined ? 'delay' : 'send_at', message }]);
  }
  return {
    kind: 'modify',
    set: { ...(dueMs !== undefined && { dueMs }), ...(expiresMs !== undefined && { expiresMs }) },
    unset: unsetsKillTime ? ['expiresMs'] : [],
    basedOn: version,
  };
}
