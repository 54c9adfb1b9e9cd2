import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';

/**
 * How many timers of a workflow have not ended, as the powers of two that it is the sum of: 5 is `1` and `4`. The engine
 * cannot add up what is in an attribute, but it can count the workflows that have a value. So the timers of a tenant are
 * the sum over the powers of two of power × workflows with it: a handful of counts, whatever their number.
 */
export const PENDING = defineSearchAttributeKey('TimekeeperPending', SearchAttributeType.KEYWORD_LIST);

/** Whether a timer with this status has not ended. */
export function isPending(status: string): boolean {
  return status === 'scheduled' || status === 'dispatching' || status === 'retrying';
}

/** The value of `PENDING` for so many timers. */
export function pendingPowers(timers: number): string[] {
  return powersUpTo(timers)
    .filter((power) => timers & power)
    .map(String);
}

/** All powers of two that are needed for numbers up to this. */
export function powersUpTo(most: number): number[] {
  const powers: number[] = [];
  for (let power = 1; power <= most; power *= 2) powers.push(power);
  return powers;
}
