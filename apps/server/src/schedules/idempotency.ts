import { createHash } from 'node:crypto';
import { invalid } from '../http/problem.exception.js';

const KEY = /^[\x20-\x7e]{1,255}$/;

/** 32 bytes that follow from tenant, route and the client's `Idempotency-Key`. */
export function digestOfKey(tenant: string, route: string, key: string): Uint8Array {
  if (!KEY.test(key)) {
    throw invalid([{ field: 'Idempotency-Key', message: 'must be 1 to 255 characters of ASCII' }]);
  }
  return digest([tenant, route, key]);
}

/** The same for the same JSON, in whatever order its properties stand. */
export function fingerprintOf(json: unknown): string {
  return digest(sorted(json)).toString('hex');
}

function digest(json: unknown): Buffer {
  return createHash('sha256').update(JSON.stringify(json)).digest();
}

function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).filter(([, value]) => value !== undefined);
  return entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => [name, sorted(value)]);
}
