import { waitUntil } from '../../../scripts/wait-until.js';
import type { Field } from '../row.js';

/** Of timers that are set to see whether something is there. */
const LATER_S = 12;
/** Keyed timers have a workflow each: of so many, the engine's 16 shards all have some. */
const ON_ALL_SHARDS = 96;

/** What a client is told meanwhile: 503 with `Retry-After`, as soon as the servers know. */
export async function isAway(field: Field): Promise<void> {
  const refused = await waitUntil('a POST is refused', async () => {
    const answer = await field.driver.set({ url: field.url(), seconds: LATER_S });
    return answer.status !== 201 && answer;
  });
  field.expect(`a POST is answered with 503 (was ${refused.status})`, refused.status === 503);
  field.expect('that 503 has Retry-After', Boolean(refused.retryAfter));
}

/**
 * Nobody restarts server or worker: POSTs are accepted again by themselves. The engine gets its shards back one by one, and
 * on those that it does not have yet nothing can be recorded, so there must be something on each.
 */
export async function isBack(field: Field): Promise<void> {
  await waitUntil(
    'a POST is accepted',
    async () => (await field.driver.set({ url: field.url(), seconds: LATER_S })).status === 201,
    { timeoutMs: 120_000, everyMs: 500 },
  );
  const timers = Array.from({ length: ON_ALL_SHARDS }, () => {
    const url = field.url();
    return { url, seconds: LATER_S, idempotencyKey: url };
  });
  await field.driver.setAll(timers);
}
