import { Injectable } from '@nestjs/common';
import type { Timer } from '#contracts/timers.js';
import { ProblemException } from '../http/problem.exception.js';
import { PendingEstimate } from './pending-estimate.js';
import { PendingTimers } from './pending-timers.js';
import type { RequestTenant } from './tenant.js';
import { TokenBucket } from './token-bucket.js';

/** Pending timers end when they are due: nobody knows when there is room again. */
const PENDING_RETRY_SECONDS = 10;

interface Account {
  pending: PendingEstimate;
  creates?: TokenBucket;
}

/** What of a timer is sent. */
type Sent = Pick<Timer, 'url' | 'headers' | 'body' | 'email'>;

/** Sees to it that no tenant asks for more than its quotas. Of no tenant but those whose keys are used it knows anything. */
@Injectable()
export class Quotas {
  private readonly accounts = new Map<string, Account>();

  constructor(private readonly pendingTimers: PendingTimers) {}

  /** 413 if a timer sends more than the tenant's quota. */
  checkPayload(tenant: RequestTenant, request: Sent): void {
    checkBytes(tenant, payloadBytes(request), 'A timer of this tenant may send');
  }

  /** 413 if a job is to work on more than the tenant's quota. */
  checkInput(tenant: RequestTenant, input: unknown): void {
    checkBytes(
      tenant,
      Buffer.byteLength(JSON.stringify(input)),
      'The input of a job of this tenant may have',
    );
  }

  /** To be asked before jobs are started. 429 if there are too many of them. */
  admitJobs(tenant: RequestTenant, jobs: number): void {
    const { createsPerSecond } = tenant.quotas;
    if (createsPerSecond === 0) return;
    const waitMs = this.accountOf(tenant).creates?.take(jobs) ?? 0;
    if (waitMs === 0) return;
    const detail = `The tenant may create ${createsPerSecond} timers and jobs per second.`;
    throw this.exceeded(tenant, detail, Math.ceil(waitMs / 1000));
  }

  /** To be asked before timers are stored, once for all that come together. 429 if there are too many of them. */
  async admit(tenant: RequestTenant, timers: number): Promise<void> {
    const { quotas } = tenant;
    if (quotas.pendingTimers === 0 && quotas.createsPerSecond === 0) return;
    const { pending, creates } = this.accountOf(tenant);
    const waitMs = creates?.take(timers) ?? 0;
    if (waitMs > 0) {
      const detail = `The tenant may create ${quotas.createsPerSecond} timers per second.`;
      throw this.exceeded(tenant, detail, Math.ceil(waitMs / 1000));
    }
    if (quotas.pendingTimers > 0 && !(await pending.admit(timers, quotas.pendingTimers))) {
      const detail = `The tenant may have at most ${quotas.pendingTimers} timers pending.`;
      throw this.exceeded(tenant, detail, PENDING_RETRY_SECONDS);
    }
  }

  /** How much is left (draft-ietf-httpapi-ratelimit-headers-11); no headers where there is no limit. */
  headers(tenant: RequestTenant): Record<string, string> {
    const { pendingTimers } = tenant.quotas;
    const policies: string[] = [];
    const limits: string[] = [];
    const { pending, creates } = this.accountOf(tenant);
    if (creates) {
      policies.push(`"creates";q=${creates.perSecond};w=1`);
      limits.push(`"creates";r=${creates.left};t=${Math.ceil(creates.fullInMs / 1000)}`);
    }
    if (pendingTimers > 0) {
      policies.push(`"pending";q=${pendingTimers}`);
      limits.push(`"pending";r=${Math.max(0, pendingTimers - pending.value)}`);
    }
    if (policies.length === 0) return {};
    return { 'ratelimit-policy': policies.join(', '), ratelimit: limits.join(', ') };
  }

  private accountOf({ id, quotas }: RequestTenant): Account {
    let account = this.accounts.get(id);
    if (!account) {
      account = { pending: new PendingEstimate(() => this.pendingTimers.count(id)) };
      this.accounts.set(id, account);
    }
    const { createsPerSecond } = quotas;
    if (createsPerSecond === 0) delete account.creates;
    else if (account.creates?.perSecond !== createsPerSecond)
      account.creates = new TokenBucket(createsPerSecond);
    return account;
  }

  private exceeded(tenant: RequestTenant, detail: string, retryAfterSeconds: number): ProblemException {
    const headers = { ...this.headers(tenant), 'retry-after': String(retryAfterSeconds) };
    return new ProblemException(429, 'quota-exceeded', detail, { headers });
  }
}

function checkBytes({ quotas }: RequestTenant, bytes: number, what: string): void {
  if (quotas.payloadBytes === 0 || bytes <= quotas.payloadBytes) return;
  const detail = `${what} at most ${quotas.payloadBytes} bytes, got ${bytes}.`;
  throw new ProblemException(413, 'body-too-large', detail);
}

function payloadBytes({ url, headers = {}, body = '', email }: Sent): number {
  if (email) return Buffer.byteLength(JSON.stringify(email));
  return Buffer.byteLength(url) + Buffer.byteLength(JSON.stringify(headers)) + Buffer.byteLength(body);
}
