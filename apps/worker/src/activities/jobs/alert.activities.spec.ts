import { describe, expect, it } from '@jest/globals';
import type { JobRecords } from '#database/job-records.js';
import type { GroupStart } from '#timers/group-start.js';
import type { Mailer } from '../email/mailer.js';
import { AlertActivities } from './alert.activities.js';

/** Whom tenants want told of all their jobs. */
const OF_TENANTS: Record<string, object> = { acme: { webhooks: ['https://acme.example/'], emails: [] } };
const records = { alertsOf: (tenant: string) => Promise.resolve(OF_TENANTS[tenant]) };
const alerts = new AlertActivities({} as GroupStart, {} as Mailer, records as unknown as JobRecords);

describe('told of a job', () => {
  const ofJob = { webhooks: ['https://job.example/'], emails: ['job@example.com'] };
  const ofType = { webhooks: ['https://type.example/', 'https://job.example/'] };

  it('are those whom the job, its type and its tenant name, each once', async () => {
    expect(await alerts.findRecipients('acme', [ofJob, ofType])).toEqual([
      { webhook: 'https://job.example/' },
      { webhook: 'https://type.example/' },
      { webhook: 'https://acme.example/' },
      { email: 'job@example.com' },
    ]);
  });

  it('are not those whom another tenant names, nor any tenant where it is global work', async () => {
    for (const tenant of ['other', null])
      expect(await alerts.findRecipients(tenant, [{ emails: ['job@example.com'] }])).toEqual([
        { email: 'job@example.com' },
      ]);
  });
});
