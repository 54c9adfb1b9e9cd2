import { describe, expect, it } from '@jest/globals';
import type { JobAlert } from '#contracts/job-alert.js';
import { alertMail, alertMessage } from './alert-text.js';

const alert: JobAlert = {
  ...{
    kind: 'killed',
    atMs: Date.UTC(2026, 0, 2, 3, 4, 5, 6),
    done: ['load'],
    dropped: ['charge', 'notify'],
  },
  job: { id: 'j-1', tenant: 'acme', type: 'bill', killAtMs: Date.UTC(2026, 0, 2), labels: { month: 'may' } },
  ...{ group: 'charge', error: 'its worker was lost' },
};

describe('an alert', () => {
  it('is a message with all that a program needs to act', () => {
    expect(alertMessage(alert)).toEqual({
      ...{ type: 'job.killed', timestamp: '2026-01-02T03:04:05.006Z' },
      data: {
        ...{ id: 'j-1', type: 'bill', scope: 'tenant', labels: { month: 'may' } },
        ...{ kill_at: '2026-01-02T00:00:00.000Z', done: ['load'], dropped: ['charge', 'notify'] },
        ...{ group: 'charge', error: 'its worker was lost' },
      },
    });
  });

  it('of global work without labels, group and error says so', () => {
    const { group: _, error: __, ...bare } = alert;
    const job = { ...alert.job, tenant: null, labels: undefined };
    expect(alertMessage({ ...bare, job }).data).toMatchObject({
      ...{ scope: 'global', labels: {}, group: null, error: null },
    });
  });

  it('is a mail that says what was done and what was dropped', () => {
    expect(alertMail(alert)).toEqual({
      subject: 'Job bill was killed: its time was over',
      text: [
        ...['Job j-1 of type bill was killed: its time was over.', ''],
        'When:    2026-01-02T03:04:05.006Z',
        'Tenant:  acme',
        'Kill at: 2026-01-02T00:00:00.000Z',
        'Done:    load',
        'Dropped: charge, notify',
        'Group:   charge: its worker was lost',
      ].join('\n'),
    });
  });

  it('speaks of what is left to do while the job is not over', () => {
    const { text, subject } = alertMail({ ...alert, kind: 'warning', done: [] });
    expect(subject).toBe('Job bill will be killed soon');
    expect(text).toContain('Done:    nothing');
    expect(text).toContain('To do:   charge, notify');
    expect(alertMail({ ...alert, kind: 'uncertain' }).subject).toBe('Job bill needs a decision');
    expect(alertMail({ ...alert, kind: 'failed' }).subject).toBe('Job bill has failed');
  });
});
