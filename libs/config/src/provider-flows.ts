import { InvalidEnvironment } from './env.js';
import type { Env } from './env.js';

/**
 * What all workers together give to a provider, unless the operator has stored something else. Throws
 * `InvalidEnvironment` where there is no database to keep it in.
 */
export function readProviderFlows({ SMTP_RATE_PER_SECOND, SMTP_PARALLELISM, DATABASE_URL }: Env) {
  const isLimited = SMTP_RATE_PER_SECOND > 0 || SMTP_PARALLELISM > 0;
  if (isLimited && !DATABASE_URL) {
    throw new InvalidEnvironment(
      'SMTP_RATE_PER_SECOND and SMTP_PARALLELISM need DATABASE_URL: that is where workers share what is left of them',
    );
  }
  return {
    smtp: {
      ...(SMTP_RATE_PER_SECOND > 0 && { rate: SMTP_RATE_PER_SECOND }),
      ...(SMTP_PARALLELISM > 0 && { parallelism: SMTP_PARALLELISM }),
    },
  };
}
