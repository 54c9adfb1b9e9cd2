import { Injectable } from '@nestjs/common';
import { messageId } from '#contracts/blast.js';
import type { Delivery } from '#contracts/delivery.js';
import type { SkipReason } from '#contracts/email.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import type { ClaimedRecipient } from '#database/blast-sending.js';
import { AddressVerifier } from '#messages/address-verifier.js';
import { TemplateProblem } from '#messages/template.js';
import { LoginRefused } from '../activities/email/mailer.js';
import { AttemptSpans } from '../activities/webhook/attempt-spans.js';
import { Destinations } from '../activities/webhook/destinations.js';
import { EngineClock } from '../activities/webhook/engine-clock.js';
import { FlowGate } from '../activities/webhook/flow-gate.js';
import { Slots } from '../activities/webhook/slots.js';
import { WebhookSender } from '../activities/webhook/webhook-sender.js';
import type { BlastMessage, BlastRules } from './blast-message.js';
import { outcomeOfEmail, outcomeOfWebhook } from './blast-outcome.js';
import type { Outcome } from './blast-outcome.js';
import { RecipientStage } from './recipient-stage.js';

/** Somebody who is to get the message of a blast, and why not, if they are not. */
export interface BlastRecipient {
  rules: BlastRules;
  message: BlastMessage;
  recipient: ClaimedRecipient;
  reasonAgainst?: SkipReason;
  /** Resolves with whether it may still be begun: the last thing that is asked before it is. */
  mayBegin: () => Promise<boolean>;
  /** Nothing is begun any more. */
  over: AbortSignal;
}

/** It was not begun, and is to come back. */
const GIVEN_BACK: Outcome = { status: 'pending', uncounted: true };

/** The recipient stage of blasts: one message to one person, by mail or webhook, and what came of it. */
@Injectable()
export class BlastSender {
  constructor(
    private readonly stage: RecipientStage,
    private readonly webhooks: WebhookSender,
    private readonly spans: AttemptSpans,
    private readonly destinations: Destinations,
    private readonly slots: Slots,
    private readonly flows: FlowGate,
    private readonly clock: EngineClock,
    private readonly verifier: AddressVerifier,
  ) {}

  /** To be awaited before the first of a batch. */
  async prepare({ tenant, content }: BlastRules): Promise<void> {
    if (content.webhook) await Promise.all([this.webhooks.prepare(tenant), this.flows.prepare()]);
  }

  /** Why each of these gets no message. Throws where that can not be found out. */
  async reasonsAgainst({ tenant, content }: BlastRules, recipients: ClaimedRecipient[]) {
    const addresses = recipients.flatMap(({ address }) => address ?? []);
    if (content.email) return this.stage.reasonsAgainst(tenant, addresses);
    const invalid = addresses.filter((url) => webhookUrlProblem(url) !== undefined);
    return new Map(invalid.map((url): [string, SkipReason] => [url, 'invalid']));
  }

  /** Why the message of one of those that remain can not get there, as far as anybody knows. */
  async problemWith({ content }: BlastRules, { address }: ClaimedRecipient): Promise<string | undefined> {
    return content.email ? this.verifier.problemOf(address ?? '') : undefined;
  }

  /** Throws `NoMailServer`. */
  async send(request: BlastRecipient): Promise<Outcome & { away?: boolean }> {
    const { reasonAgainst, rules } = request;
    if (reasonAgainst) return { status: 'skipped', reason: reasonAgainst, uncounted: true };
    try {
      return await (rules.content.email ? this.sendEmail(request) : this.sendWebhook(request));
    } catch (error) {
      if (error instanceof TemplateProblem)
        return { status: 'failed', reason: `template: ${error.message}`, uncounted: true };
      throw error;
    }
  }

  private async sendEmail({ rules, message, recipient, mayBegin, over }: BlastRecipient): Promise<Outcome> {
    const { tenant, id } = rules;
    const email = { tenant, id: messageId(id, recipient.seq), message: message.emailFor(recipient) };
    let begun = false;
    const begin = async () => (begun = await mayBegin());
    const outcome = await this.stage.sendWanted({ ...email, giveUp: over, mayBegin: begin });
    if (!begun) return GIVEN_BACK;
    if (outcome.loginRefused !== undefined) throw new LoginRefused(outcome.loginRefused);
    return outcomeOfEmail(outcome, recipient.attempts, rules, this.clock.now());
  }

  private async sendWebhook(request: BlastRecipient): Promise<Outcome> {
    const { rules, message, recipient, mayBegin } = request;
    const { tenant } = rules;
    const delivery = message.requestFor(recipient, this.clock.now());
    const { host } = new URL(delivery.url);
    const leave = await this.enter(tenant, delivery, request.over);
    if (!leave) return GIVEN_BACK;
    // What is punctual goes first.
    const release = await this.slots.acquire({ tenant, destination: host, overdue: true });
    try {
      // Nothing that is not sent after all may use up the one probe of a paused destination.
      if (!(await mayBegin())) return this.left(release, GIVEN_BACK);
      const untilMs = await this.destinations.admit(tenant, host);
      if (untilMs !== undefined) return this.left(release, { ...GIVEN_BACK, sendMs: untilMs });
      if (!(await mayBegin())) return this.left(release, GIVEN_BACK);
      const limits = { tenant, requestTimeoutMs: delivery.timeoutMs ?? 30_000 };
      const { attempt, connectionFree } = this.spans.during(delivery, tenant, (traced) =>
        this.webhooks.send(traced, limits),
      );
      void connectionFree.then(release);
      const ended = await attempt;
      this.destinations.record(tenant, host, ended);
      return outcomeOfWebhook(ended, recipient.attempts, rules, this.clock.now());
    } finally {
      leave();
    }
  }

  private left(release: () => void, outcome: Outcome): Outcome {
    release();
    return outcome;
  }

  /** Waits for its place among all that goes to the destination; undefined if it is over before. */
  private async enter(
    tenant: string,
    delivery: Delivery,
    over: AbortSignal,
  ): Promise<(() => void) | undefined> {
    let due = delivery;
    for (;;) {
      const pass = await this.flows.enter(tenant, due, over);
      if (pass.leave) return pass.leave;
      if (over.aborted) return undefined;
      await pause(pass.untilMs - this.clock.now(), over);
      due = { ...delivery, atMs: pass.untilMs, hasPlace: pass.hasPlace };
    }
  }
}

function pause(delayMs: number, over: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      over.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.max(0, delayMs));
    over.addEventListener('abort', wake);
  });
}
