import { MAX_ATTEMPTS } from './delivery.dto.js';
import type { RetryDto } from './delivery.dto.js';

const DEFAULT_ATTEMPTS = 8;
const DEFAULT_INITIAL_DELAY_SECONDS = 5;
const DEFAULT_FACTOR = 2;
const DEFAULT_MAX_DELAY_SECONDS = 36_000;

/** Why a retry plan can not be followed; undefined if it can. */
export function retryProblem(retry: RetryDto): string | undefined {
  const growing = growthOf(retry);
  if (retry.delays_seconds === undefined || growing.length === 0) return undefined;
  return `must have either delays_seconds or ${growing.join(', ')}`;
}

/** The time from the end of each failed attempt to the next one: one less than there are attempts. */
export function retryDelays(retry: RetryDto, defaultDelaysMs: readonly number[]): number[] {
  const { max_attempts, delays_seconds } = retry;
  if (growthOf(retry).length > 0) {
    return Array.from({ length: (max_attempts ?? DEFAULT_ATTEMPTS) - 1 }, (_, retries) =>
      grown(retry, retries),
    );
  }
  const delaysMs = delays_seconds?.map(inMs) ?? defaultDelaysMs;
  const attempts = max_attempts ?? Math.min(delaysMs.length + 1, MAX_ATTEMPTS);
  const lastMs = delaysMs.at(-1) ?? 0;
  return Array.from({ length: attempts - 1 }, (_, retries) => delaysMs[retries] ?? lastMs);
}

function growthOf({ initial_delay_seconds, factor, max_delay_seconds }: RetryDto): string[] {
  const growth = { initial_delay_seconds, factor, max_delay_seconds };
  return Object.entries(growth).flatMap(([name, value]) => (value === undefined ? [] : name));
}

function grown(retry: RetryDto, retries: number): number {
  const seconds =
    (retry.initial_delay_seconds ?? DEFAULT_INITIAL_DELAY_SECONDS) *
    (retry.factor ?? DEFAULT_FACTOR) ** retries;
  return inMs(Math.min(seconds, retry.max_delay_seconds ?? DEFAULT_MAX_DELAY_SECONDS));
}

function inMs(seconds: number): number {
  return Math.round(seconds * 1000);
}
