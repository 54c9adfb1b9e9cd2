import { isIPv6 } from 'node:net';
import { ProblemException } from './problem.exception.js';

/** More are not remembered at a time: who has so many addresses is not kept out by counting. */
const MAX_ADDRESSES = 10_000;
const MINUTE_MS = 60_000;

/**
 * Wrong keys and tokens, by the address that they come from. So many are answered at once; after them, as many as were
 * allowed come back within a minute, evenly.
 */
export class FailedLogins {
  /** When the last of those that are counted will be forgotten. */
  private readonly forgottenMs = new Map<string, number>();

  constructor(
    /** 0: any number. */
    private readonly perMinute: number,
    private readonly nowMs = () => performance.now(),
  ) {}

  /** Until the next one from there is answered; 0 if it is now. */
  waitSeconds(address: string): number {
    if (this.perMinute === 0) return 0;
    const countedMs = (this.forgottenMs.get(placeOf(address)) ?? 0) - this.nowMs();
    const roomMs = MINUTE_MS - MINUTE_MS / this.perMinute;
    return Math.max(0, Math.ceil((countedMs - roomMs) / 1000));
  }

  note(address: string): void {
    if (this.perMinute === 0) return;
    const place = placeOf(address);
    const nowMs = this.nowMs();
    const countedMs = Math.max(0, (this.forgottenMs.get(place) ?? 0) - nowMs) + MINUTE_MS / this.perMinute;
    // Out and in again: the first of the map is the one that failed the longest time ago.
    this.forgottenMs.delete(place);
    const [oldest] = this.forgottenMs.keys();
    if (oldest !== undefined && this.forgottenMs.size >= MAX_ADDRESSES) this.forgottenMs.delete(oldest);
    // Many at once shut an address out no longer than the limit does.
    this.forgottenMs.set(place, nowMs + Math.min(countedMs, MINUTE_MS));
  }
}

/** 429 for a key or token that is not even looked at. */
export function tooManyFailedLogins(waitSeconds: number): ProblemException {
  const detail = `Too many wrong keys came from this address. Try again in ${waitSeconds} s.`;
  const headers = { 'retry-after': String(waitSeconds) };
  return new ProblemException(429, 'too-many-failed-logins', detail, { headers });
}

/** Of IPv6 the network, in which whoever has one address has all of them. */
function placeOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::').map((part) => part.split(':').filter(Boolean));
  if (tail === undefined) return [...head].slice(0, 4).join(':');
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return [...head, ...zeros, ...tail].slice(0, 4).join(':');
}
