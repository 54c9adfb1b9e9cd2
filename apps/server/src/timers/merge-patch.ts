import type { Timer } from '#contracts/timers.js';
import { invalid } from '../http/problem.exception.js';
import { validated } from '../http/validation.js';
import { ModifyTimerDto } from './modify-timer.dto.js';

/** What of a timer goes when the client says null. */
const FIELDS_OF: Partial<Record<keyof ModifyTimerDto, (keyof Timer)[]>> = {
  method: ['method'],
  headers: ['headers'],
  body_base64: ['body', 'bodyEncoding'],
  timeout_seconds: ['timeoutMs'],
  retry: ['retryDelaysMs'],
  labels: ['labels'],
  success_statuses: ['successStatuses'],
  on_success: ['onSuccess'],
  on_failure: ['onFailure'],
  flow: ['flow'],
  expires_at: ['expiresMs'],
  expires_in: ['expiresMs'],
};

/** What a client can take away by null. */
export const REMOVABLE_FIELDS = Object.keys(FIELDS_OF);

export interface MergePatch {
  wish: ModifyTimerDto;
  unset: (keyof Timer)[];
}

/** Reads a JSON merge patch (RFC 7396): values to set, and null for what is to be taken away. */
export async function readMergePatch(json: Record<string, unknown>): Promise<MergePatch> {
  const entries = Object.entries(json);
  if (entries.length === 0) throw invalid([{ field: 'body', message: 'must name what is to be changed' }]);
  const isRemoval = ([name, value]: [string, unknown]) => value === null && name !== 'body';
  const unset = entries.filter(isRemoval).map(([name]) => {
    const fields = Object.hasOwn(FIELDS_OF, name) ? FIELDS_OF[name as keyof ModifyTimerDto] : undefined;
    if (!fields) throw invalid([{ field: name, message: 'can not be taken away' }]);
    return fields;
  });
  const rest = Object.fromEntries(entries.filter((entry) => !isRemoval(entry)));
  return { wish: await validated(ModifyTimerDto, rest), unset: unset.flat() };
}
