import { Injectable } from '@nestjs/common';
import type { Timer } from '#contracts/timers.js';
import { DestinationBlocked, DestinationPolicy, hostName } from '#destinations/destination-policy.js';
import { ProblemException } from '../http/problem.exception.js';
import { CourtesyLookup } from './courtesy-lookup.js';

/** Tells early where deliveries may not go. Workers check again at every connection. */
@Injectable()
export class DestinationCheck {
  constructor(
    private readonly policy: DestinationPolicy,
    private readonly lookup: CourtesyLookup,
  ) {}

  /** Throws 422 `destination_blocked`. `url` must be one that has no `webhookUrlProblem`. */
  async check(url: string): Promise<void> {
    const parsed = new URL(url);
    const host = hostName(parsed.hostname);
    try {
      this.policy.checkUrl(parsed);
      if (this.policy.dependsOnAnswers(host)) this.policy.checkAnswers(host, await this.lookup.answers(host));
    } catch (error) {
      if (!(error instanceof DestinationBlocked)) throw error;
      throw new ProblemException(422, 'destination_blocked', `${error.message}.`);
    }
  }

  /** The same for every url that the timer leads to. */
  async checkAll({ url, onSuccess, onFailure }: Partial<Timer>): Promise<void> {
    for (const each of [url, onSuccess, onFailure]) if (each !== undefined) await this.check(each);
  }
}
