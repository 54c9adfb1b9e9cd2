import { createHash } from 'node:crypto';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { Injectable } from '@nestjs/common';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import type {
  AlertRecipient,
  AlertActivities as Activities,
  JobAlert,
  JobAlerts,
} from '#contracts/job-alert.js';
import { GLOBAL } from '#contracts/job.js';
import { isSuccess } from '#contracts/delivery.js';
import { PLACE_LEAD_MS, SMTP_PROVIDER } from '#contracts/email.js';
import { groupKeyFrom } from '#contracts/timer-id.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import type { JobRecords } from '#database/job-records.js';
import { traceOrigin } from '#observability/tracing.js';
import type { GroupStart } from '#timers/group-start.js';
import { RecipientStage } from '../../recipients/recipient-stage.js';
import { NoMailServer } from '../email/mailer.js';
import { EngineClock } from '../webhook/engine-clock.js';
import { FlowGate } from '../webhook/flow-gate.js';
import type { FlowDue } from '../webhook/flow-gate.js';
import { alertMail, alertMessage } from './alert-text.js';

const START_TIMEOUT_MS = 5_000;
/** For a place and for a connection to the mail server: well within the time after which the engine has somebody else try. */
const WAIT_MS = 20_000;

/** The activities of `jobAlert`. */
@Injectable()
export class AlertActivities implements Activities {
  constructor(
    private readonly timers: GroupStart,
    private readonly stage: RecipientStage,
    private readonly gate: FlowGate,
    private readonly clock: EngineClock,
    private readonly records?: JobRecords,
  ) {}

  async findRecipients(tenant: string | null, alerts: JobAlerts[]): Promise<AlertRecipient[]> {
    const all = [...alerts, (await this.records?.alertsOf(tenant ?? GLOBAL)) ?? {}];
    const webhooks = new Set(all.flatMap((each) => each.webhooks ?? []));
    const emails = new Set(all.flatMap((each) => each.emails ?? []));
    return [...[...webhooks].map((webhook) => ({ webhook })), ...[...emails].map((email) => ({ email }))];
  }

  async sendAlert(alert: JobAlert, recipient: AlertRecipient): Promise<void> {
    await ('webhook' in recipient
      ? this.deliver(alert, recipient.webhook)
      : this.mail(alert, recipient.email));
  }

  // A timer that is due now: from here on it is signed, tried again and seen like every other.
  private async deliver(alert: JobAlert, url: string): Promise<void> {
    const problem = webhookUrlProblem(url);
    if (problem)
      throw ApplicationFailure.nonRetryable(`the webhook of an alert ${problem}`, 'InvalidWebhook');
    const timer = {
      ...{ url, dueMs: alert.atMs, headers: { 'content-type': 'application/json' } },
      ...{ body: JSON.stringify(alertMessage(alert)), labels: { job: alert.job.id } },
      ...traceOrigin(Date.now()),
    };
    const options = {
      deadlineMs: Date.now() + START_TIMEOUT_MS,
      groupKey: groupKeyFrom(this.digestFor(url)),
      jobId: alert.job.id,
    };
    try {
      // Those of global jobs belong to nobody: no key of a tenant shows them.
      await this.timers.start(alert.job.tenant ?? GLOBAL, [timer], options);
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    }
  }

  /** Among all mails that go to the mail server. What has to wait for long comes back with its place. */
  private async mail(alert: JobAlert, to: string): Promise<void> {
    const context = Context.current();
    await this.gate.prepare();
    const place = context.info.heartbeatDetails as FlowDue | undefined;
    const giveUp = AbortSignal.timeout(WAIT_MS);
    const pass = await this.gate.enterProvider(SMTP_PROVIDER, giveUp, place);
    if (!pass.leave) {
      const { untilMs, hasPlace } = pass;
      context.heartbeat({ atMs: untilMs, hasPlace } satisfies FlowDue);
      const waitMs = untilMs - this.clock.now() - (hasPlace ? PLACE_LEAD_MS : 0);
      throw ApplicationFailure.create({
        ...{ message: 'the mail of an alert waits for its place', type: 'MailNotTaken' },
        nextRetryDelay: Math.max(1, Math.ceil(waitMs)),
      });
    }
    await this.send(alert, to, giveUp).finally(pass.leave);
  }

  private async send(alert: JobAlert, to: string, giveUp: AbortSignal): Promise<void> {
    const id = this.digestFor(to).toString('hex').slice(0, 32);
    try {
      const outcome = await this.stage.send({
        ...{ tenant: alert.job.tenant ?? GLOBAL, id, message: { to: [to], ...alertMail(alert) } },
        giveUp,
      });
      if (outcome.skipped)
        throw ApplicationFailure.nonRetryable(`the address of an alert is ${outcome.skipped}`, 'Suppressed');
      const { code, error = `${code}`, answer, final } = outcome;
      // What a mail server says is no fault of ours.
      if (!isSuccess(code))
        throw ApplicationFailure.create({
          ...{ message: `the mail of an alert was not taken: ${error} ${answer}`, type: 'MailNotTaken' },
          nonRetryable: final,
        });
    } catch (error) {
      if (!(error instanceof NoMailServer)) throw error;
      throw ApplicationFailure.nonRetryable(error.message, NoMailServer.name);
    }
  }

  /** The same at every try. */
  private digestFor(recipient: string): Buffer {
    const { workflowExecution } = Context.current().info;
    return createHash('sha256').update(`${workflowExecution?.workflowId} ${recipient}`).digest();
  }
}
