import { Injectable } from '@nestjs/common';
import { Logger } from '#observability/logger.js';
import type { SigningSecret } from '#signing/signing-secret.js';
import { EngineClock } from './engine-clock.js';

/** What was loaded longer ago than this is loaded again ahead of the next delivery. */
const FRESH_MS = 1_000;
/** What is known already is waited on no longer than this to be loaded again: signing must not make late. */
const PATIENCE_MS = 250;
const LOAD_TIMEOUT_MS = 5_000;
const RETRY_MS = 1_000;
const MAX_TENANTS = 10_000;

/** A secret of a tenant, as it is stored. */
export interface StoredSecret {
  /** The destination that it is for; null for every one that has none of its own. */
  host: string | null;
  /** The webhook endpoint that it is for, and then for nothing else. */
  endpoint?: string | null;
  secret: SigningSecret;
  /** From then on nothing is signed with it, ms since the epoch; null for ever. */
  retiresMs: number | null;
}

/** All secrets of a tenant. */
export type LoadSecrets = (tenant: string) => Promise<StoredSecret[]>;

interface Known {
  /** Undefined before they were loaded once. */
  secrets?: StoredSecret[];
  triedMs: number;
  loading?: Promise<void>;
}

/**
 * The secrets that deliveries are signed with, in memory. They are loaded some seconds ahead of each delivery. While
 * the database is away, what is known goes on being used, however old; a tenant whose secrets were never loaded waits,
 * because a delivery that should be signed must not go out without.
 */
@Injectable()
export class SigningKeys {
  private readonly tenants = new Map<string, Known>();
  private away = false;

  constructor(
    private readonly load: LoadSecrets,
    private readonly clock: EngineClock,
    private readonly logger: Logger,
  ) {}

  /** Resolves when deliveries of the tenant can be signed: nearly always at once. */
  async prepare(tenant: string): Promise<void> {
    const known = this.knownOf(tenant);
    if (known.secrets && performance.now() - known.triedMs < FRESH_MS && !known.loading) return;
    known.loading ??= this.loadInto(known, tenant).finally(() => (known.loading = undefined));
    await (known.secrets ? atMost(PATIENCE_MS, known.loading) : known.loading);
  }

  /** Resolves when they were loaded anew: there may be one that is younger than what is known. */
  async refresh(tenant: string): Promise<void> {
    const known = this.knownOf(tenant);
    // That one may have begun before there was the other.
    await known.loading;
    known.loading ??= this.loadInto(known, tenant).finally(() => (known.loading = undefined));
    await known.loading;
  }

  /**
   * Who signs a delivery to the host: the host's own secrets if it has any, else the tenant's; none if there are none.
   * Only after `prepare`.
   */
  secretsFor(tenant: string, host: string): SigningSecret[] {
    const inUse = this.inUse(tenant).filter(({ endpoint = null }) => endpoint === null);
    const own = inUse.filter((each) => each.host === host);
    return (own.length > 0 ? own : inUse.filter((each) => each.host === null)).map(({ secret }) => secret);
  }

  /** Who signs a delivery to the webhook endpoint. Only after `prepare`. */
  secretsOf(tenant: string, endpointId: string): SigningSecret[] {
    return this.inUse(tenant)
      .filter(({ endpoint }) => endpoint === endpointId)
      .map(({ secret }) => secret);
  }

  private inUse(tenant: string): StoredSecret[] {
    const secrets = this.tenants.get(tenant)?.secrets;
    if (!secrets) throw new Error('The signing secrets of this tenant were never loaded');
    const nowMs = this.clock.now();
    return secrets.filter(({ retiresMs }) => retiresMs === null || retiresMs > nowMs);
  }

  private async loadInto(known: Known, tenant: string): Promise<void> {
    do {
      known.triedMs = performance.now();
      try {
        known.secrets = await inTime(LOAD_TIMEOUT_MS, this.load(tenant));
        this.away = false;
      } catch (error) {
        if (!this.away) this.logger.warn({ err: error, tenant }, 'Signing secrets could not be loaded');
        this.away = true;
        if (!known.secrets) await pause(RETRY_MS);
      }
    } while (!known.secrets);
  }

  // In the order of their last use, so that the first is the one to forget.
  private knownOf(tenant: string): Known {
    const known = this.tenants.get(tenant) ?? { triedMs: -Infinity };
    this.tenants.delete(tenant);
    this.tenants.set(tenant, known);
    const [oldest] = this.tenants.keys();
    if (this.tenants.size > MAX_TENANTS && oldest !== undefined) this.tenants.delete(oldest);
    return known;
  }
}

function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, delayMs).unref());
}

function atMost(timeoutMs: number, promise: Promise<void>): Promise<void> {
  return Promise.race([promise, pause(timeoutMs)]);
}

async function inTime<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let alarm: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_resolve, reject) => {
    alarm = setTimeout(() => reject(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
  });
  return Promise.race([promise, tooLate]).finally(() => clearTimeout(alarm));
}
