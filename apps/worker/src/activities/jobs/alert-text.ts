import type { AlertKind, JobAlert } from '#contracts/job-alert.js';

const WHAT: Record<AlertKind, string> = {
  warning: 'will be killed soon',
  killed: 'was killed: its time was over',
  failed: 'has failed',
  uncertain: 'needs a decision',
};

/** An alert as a webhook's body. */
export function alertMessage({ kind, atMs, job, done, dropped, group, error }: JobAlert) {
  const { id, tenant, type, killAtMs, labels } = job;
  return {
    type: `job.${kind}`,
    timestamp: new Date(atMs).toISOString(),
    data: {
      ...{ id, type, scope: tenant === null ? 'global' : 'tenant', labels: labels ?? {} },
      ...{ kill_at: new Date(killAtMs).toISOString(), done, dropped },
      ...{ group: group ?? null, error: error ?? null },
    },
  };
}

/** An alert as a mail. */
export function alertMail({ kind, atMs, job, done, dropped, group, error }: JobAlert): {
  subject: string;
  text: string;
} {
  const { id, tenant, type, killAtMs } = job;
  const lines = [
    `Job ${id} of type ${type} ${WHAT[kind]}.`,
    '',
    `When:    ${new Date(atMs).toISOString()}`,
    `Tenant:  ${tenant ?? 'none, it is global'}`,
    `Kill at: ${new Date(killAtMs).toISOString()}`,
    `Done:    ${done.join(', ') || 'nothing'}`,
    `${kind === 'killed' || kind === 'failed' ? 'Dropped:' : 'To do:  '} ${dropped.join(', ') || 'nothing'}`,
    ...(group ? [`Group:   ${group}${error ? `: ${error}` : ''}`] : []),
  ];
  return { subject: `Job ${type} ${WHAT[kind]}`, text: lines.join('\n') };
}
