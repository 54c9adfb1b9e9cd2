import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { EMAIL_TIMEOUT_MS } from '#contracts/email.js';
import { traceOrigin } from '#observability/tracing.js';
import type { TimerRequest } from '#timers/group-start.js';
import { TimerList } from '#timers/timer-list.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { ProblemException } from '../http/problem.exception.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { AttemptsService } from '../timers/attempts.service.js';
import { KeptTimers } from '../timers/kept-timers.js';
import type { ChangedView } from '../timers/kept-timers.js';
import { deliveryFields } from '../timers/timer-request.js';
import { unknownTimer } from '../timers/timer-words.js';
import { verifyAddresses } from './verify-addresses.js';
import { emailAnswer, newEmailAnswer, purgedEmailAnswer } from './email-answer.js';
import { emailAttemptDto } from './email-attempts.dto.js';
import type { EmailAttemptsDto } from './email-attempts.dto.js';
import { emailFilter, emailSummary } from './email-list.dto.js';
import type { EmailPageDto, ListEmailsQuery } from './email-list.dto.js';
import { OF_EMAILS } from './email-status.js';
import { emailMessage } from './email-message.js';
import { EmailTemplate } from './email-template.js';
import { killTime, sendTime } from './email-times.js';
import type { CreateEmailDto, EmailDto } from './emails.dto.js';
import { emailsNeedDatabase } from './emails-need-database.js';
import { EMAILS_SETTINGS } from './emails.settings.js';
import type { EmailsSettings } from './emails.settings.js';
import { emailModification, readEmailPatch } from './modify-email.dto.js';

const LIST_TIMEOUT_MS = 3_000;

export interface ChangedEmail {
  email: EmailDto;
  /** False while no worker was there to decide it. */
  decided: boolean;
}

export interface AcceptedEmail {
  email: EmailDto;
  /** It had been accepted before, by the same request with the same key. */
  replayed: boolean;
}

/** E-mails: timers whose delivery is SMTP. */
@Injectable()
export class EmailsService {
  constructor(
    private readonly timers: KeptTimers,
    private readonly attempts: AttemptsService,
    private readonly list: TimerList,
    private readonly template: EmailTemplate,
    private readonly destinations: DestinationCheck,
    private readonly quotas: Quotas,
    @Inject(Client) private readonly client: Client,
    @Inject(EMAILS_SETTINGS) private readonly settings: EmailsSettings,
  ) {}

  /** Accepts an e-mail. With a key it is accepted once, however often the same is asked for. */
  async create(tenant: RequestTenant, body: CreateEmailDto, key?: string): Promise<AcceptedEmail> {
    const keyed = key === undefined ? undefined : { route: 'POST /emails', key, body };
    const accept = (nowMs: number) => this.accept(tenant, body, nowMs);
    const { timer, atMs, replayed } = await this.timers.set(tenant, accept, keyed);
    return { email: newEmailAnswer(timer, atMs), replayed };
  }

  async get(tenant: RequestTenant, id: string): Promise<EmailDto> {
    const view = await this.timers.read(tenant, id);
    if ('purgedDueMs' in view) return purgedEmailAnswer(id, view.purgedDueMs);
    // The message to `on_success` or `on_failure` is a timer of the same group.
    if (!view.timer.email) throw unknownTimer(OF_EMAILS, id);
    return emailAnswer(view);
  }

  async page(tenant: string, { limit, cursor, ...query }: ListEmailsQuery): Promise<EmailPageDto> {
    const filter = emailFilter({ limit, ...query });
    const page = await this.client.withDeadline(Date.now() + LIST_TIMEOUT_MS, () =>
      this.list.page(tenant, filter, { limit, cursor }),
    );
    return { data: page.timers.map((line) => emailSummary(line)), next_cursor: page.cursor ?? null };
  }

  async attemptsOf(tenant: string, id: string): Promise<EmailAttemptsDto> {
    return { data: (await this.attempts.of(tenant, id)).map(emailAttemptDto) };
  }

  async cancel(tenant: RequestTenant, id: string, ifMatch?: string): Promise<ChangedEmail> {
    return answered(await this.timers.change(tenant, id, 'cancel', ifMatch));
  }

  /** Gives it other times, in the version that the client knows if it says which. */
  async modify(
    tenant: RequestTenant,
    id: string,
    json: Record<string, unknown>,
    ifMatch?: string,
  ): Promise<ChangedEmail> {
    const patch = await readEmailPatch(json);
    const { horizonMs } = this.settings.timers;
    return answered(
      await this.timers.modify(tenant, id, (view) => emailModification(view, patch, horizonMs), ifMatch),
    );
  }

  // What a request of this time sets: rendered, so that what is sent is what was accepted.
  private async accept(tenant: RequestTenant, body: CreateEmailDto, nowMs: number): Promise<TimerRequest> {
    const { sendsMail, timers } = this.settings;
    if (!sendsMail) {
      throw new ProblemException(422, 'no-mail-server', 'E-mails cannot be sent: SMTP_URL is not set.');
    }
    if (body.unsubscribe && !timers.keepsFlows) throw emailsNeedDatabase('unsubscribe');
    const { retry, labels, on_success, on_failure } = body;
    const email = emailMessage(body, await this.template.render(tenant.id, body));
    const bounds = { nowMs, horizonMs: timers.horizonMs };
    const dueMs = sendTime(body, bounds) ?? nowMs;
    const expiresMs = killTime(body, dueMs, bounds);
    const request = {
      ...deliveryFields(
        { retry, labels, on_success, on_failure },
        { defaultDelaysMs: timers.wheel.retryDelaysMs },
      ),
      ...{ url: `mailto:${email.to[0]}`, email, dueMs, timeoutMs: EMAIL_TIMEOUT_MS },
      ...(expiresMs !== undefined && { expiresMs }),
    };
    this.quotas.checkPayload(tenant, request);
    const { verifier } = this.settings;
    await verifyAddresses(
      verifier,
      email.to.map((address) => ({ field: 'to', address })),
    );
    await this.destinations.checkAll({ onSuccess: request.onSuccess, onFailure: request.onFailure });
    return { ...request, ...traceOrigin(nowMs) };
  }
}

function answered({ view, decided }: ChangedView): ChangedEmail {
  return { email: emailAnswer(view), decided };
}
