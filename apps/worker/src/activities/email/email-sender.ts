import { Injectable } from '@nestjs/common';
import { MAX_KEPT_ANSWER_BYTES } from '#contracts/delivery.js';
import type { Attempt, Delivery, DeliveryWindow } from '#contracts/delivery.js';
import { EMAIL_TIMEOUT_MS } from '#contracts/email.js';
import type { EmailMessage } from '#contracts/email.js';
import { databaseError } from '#database/unavailable.js';
import { Logger } from '#observability/logger.js';
import { RecipientStage } from '../../recipients/recipient-stage.js';
import type { RecipientOutcome } from '../../recipients/recipient-stage.js';
import { EngineClock } from '../webhook/engine-clock.js';
import type { Sending } from '../webhook/sender.js';
import { NoMailServer } from './mailer.js';

/** Of the time limit, what may pass until a connection to the SMTP server is free. */
const WAIT_SHARE = 0.25;

/** Makes one attempt at an e-mail. What comes of it is a result and never thrown. */
@Injectable()
export class EmailSender {
  constructor(
    private readonly stage: RecipientStage,
    private readonly clock: EngineClock,
    private readonly logger: Logger,
  ) {}

  /** `mayBegin`: see `MailWatch`. */
  send(
    delivery: Delivery & { email: EmailMessage },
    { tenant }: Pick<DeliveryWindow, 'tenant'>,
    mayBegin?: () => Promise<boolean>,
  ): Sending {
    const { id, index, attempt: number, email, remaining, expiresMs = Infinity } = delivery;
    const startedMs = this.clock.now();
    const limitMs = delivery.timeoutMs ?? EMAIL_TIMEOUT_MS;
    const waitMs = Math.ceil(Math.max(0, Math.min(limitMs * WAIT_SHARE, expiresMs - startedMs)));
    let firstByteMs: number | undefined;
    const onGiven = () => (firstByteMs ??= this.clock.now());
    const giveUp = AbortSignal.timeout(waitMs);
    const sent = this.stage.send({ tenant, id, message: email, remaining, giveUp, mayBegin, onGiven });
    const attempt = withinTime(limitMs, sent.then(outcomeOf)).catch((error: unknown) => this.failed(error));
    return {
      attempt: attempt.then((outcome) => ({
        ...{ index, attempt: number, startedMs, finishedMs: this.clock.now() },
        ...outcome,
      })),
      connectionFree: attempt,
      firstByteMs: () => firstByteMs,
    };
  }

  private failed(error: unknown): Partial<Attempt> {
    if (error instanceof NoMailServer) return { error: 'connect', answer: error.message };
    this.logger.warn({ err: databaseError(error) }, 'It could not be found out who is suppressed');
    return { error: 'connect', answer: 'it could not be found out whether the recipients are suppressed' };
  }
}

function outcomeOf(outcome: RecipientOutcome): Partial<Attempt> {
  if (outcome.skipped) return { error: 'blocked', reason: outcome.skipped, final: true };
  const { code, error, answer, final, bounced, remaining } = outcome;
  const wasTaken = code !== undefined && code < 300;
  return {
    ...(error ? { error } : { statusCode: code }),
    ...(answer !== undefined && { answer: beginningOf(answer) }),
    ...(!wasTaken && final && { final: true }),
    ...(!wasTaken && final && bounced.length > 0 && { reason: 'bounced' }),
    ...(remaining && { remaining }),
  };
}

/** What the server made of a mail by then nobody knows: it is sent again, with the same `Message-ID`. */
async function withinTime(limitMs: number, ended: Promise<Partial<Attempt>>): Promise<Partial<Attempt>> {
  let alarm: NodeJS.Timeout | undefined;
  const over = new Promise<Partial<Attempt>>((resolve) => {
    alarm = setTimeout(() => resolve({ error: 'timeout' }), limitMs);
  });
  return Promise.race([ended, over]).finally(() => clearTimeout(alarm));
}

/** Without half a character at its end. */
function beginningOf(text: string): string {
  const bytes = Buffer.from(text).subarray(0, MAX_KEPT_ANSWER_BYTES);
  return bytes.toString().replace(/\ufffd+$/, '');
}
