import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import type { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from '@jest/globals';
import type { JobAlert } from '#contracts/job-alert.js';
import type { JobRecords } from '#database/job-records.js';
import type { GroupStart } from '#timers/group-start.js';
import type { RecipientOutcome, RecipientStage } from '../../recipients/recipient-stage.js';
import type { EngineClock } from '../webhook/engine-clock.js';
import type { FlowDue, FlowGate, FlowPass } from '../webhook/flow-gate.js';
import { AlertActivities } from './alert.activities.js';

/** Whom tenants want told of all their jobs. */
const OF_TENANTS: Record<string, object> = { acme: { webhooks: ['https://acme.example/'], emails: [] } };
const records = { alertsOf: (tenant: string) => Promise.resolve(OF_TENANTS[tenant]) };
const open: FlowPass = { leave: () => undefined };
const alertsBy = (
  send: RecipientStage['send'] = () => Promise.reject(new Error('nothing is sent')),
  enterProvider: (provider: string, over: AbortSignal, due?: FlowDue) => FlowPass = () => open,
) => {
  const gate = {
    prepare: () => Promise.resolve(),
    enterProvider: (...asked: Parameters<typeof enterProvider>) => Promise.resolve(enterProvider(...asked)),
  };
  const stage = { send } as RecipientStage;
  return new AlertActivities(
    ...([{} as GroupStart, stage, gate as FlowGate] as const),
    ...([{ now: () => Date.now() } as EngineClock, records as unknown as JobRecords] as const),
  );
};
const alerts = alertsBy();

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

describe('the mail of an alert', () => {
  const alert = {
    ...{ kind: 'killed', atMs: 0, done: [], dropped: [] },
    job: { id: 'job-1', type: 'import', tenant: 'acme', killAtMs: 0 },
  } satisfies JobAlert;
  const context = { info: { workflowExecution: { workflowId: 'alert' } } } as unknown as Context;
  const ended = (outcome: RecipientOutcome) =>
    asyncLocalStorage
      .run(context, () =>
        alertsBy(() => Promise.resolve(outcome)).sendAlert(alert, { email: 'on-call@example.com' }),
      )
      .then(
        () => 'sent',
        ({ nonRetryable }: { nonRetryable?: boolean }) => (nonRetryable ? 'given up' : 'tried again'),
      );

  it('is tried again after a reply 4xx, and neither after a reply 5xx nor where the address is suppressed', async () => {
    expect(await ended({ code: 250, final: true, bounced: [] })).toBe('sent');
    expect(await ended({ code: 451, final: false, bounced: [] })).toBe('tried again');
    expect(await ended({ code: 550, final: true, bounced: [] })).toBe('given up');
    expect(await ended({ skipped: 'bounced' })).toBe('given up');
  });

  it('waits for its place among all mails, and comes back with it', async () => {
    const [kept, asked]: [FlowDue[], (FlowDue | undefined)[]] = [[], []];
    const untilMs = Date.now() + 60_000;
    const passes: FlowPass[] = [{ untilMs, hasPlace: true }, open];
    const waiting = alertsBy(
      () => Promise.resolve({ code: 250, final: true, bounced: [] }),
      (_provider, _over, due) => {
        asked.push(due);
        return passes.shift() as FlowPass;
      },
    );
    const send = () => {
      const info = { ...context.info, heartbeatDetails: kept.at(-1) };
      const tried = { info, heartbeat: (place: FlowDue) => void kept.push(place) } as unknown as Context;
      return asyncLocalStorage.run(tried, () => waiting.sendAlert(alert, { email: 'on-call@example.com' }));
    };
    const refused = await send().catch((error: unknown) => error as ApplicationFailure);
    expect(refused).toMatchObject({ type: 'MailNotTaken', nonRetryable: false });
    // Early enough not to miss it.
    expect((refused as ApplicationFailure).nextRetryDelay).toBeLessThanOrEqual(58_000);
    await send();
    expect(asked).toEqual([undefined, { atMs: untilMs, hasPlace: true }]);
  });
});
