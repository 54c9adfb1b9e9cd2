import { randomUUID } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { bookingOptions } from '#contracts/booking-options.js';
import { BOOKING_WORKFLOW, bookingWorkflowId } from '#contracts/booking.js';
import type { BookingInput } from '#contracts/booking.js';
import { jobIdFrom } from '#jobs/job-id.js';
import { KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';
import type { KeyedBody } from '../http/keys-in-flight.js';
import { BookingReader } from './booking-reader.js';

const START_TIMEOUT_MS = 2_500;

export interface StartedBooking {
  input: BookingInput;
  /** It had been started before, by the same request with the same key. */
  replayed: boolean;
}

/**
 * Starts the workflows of bookings. The id of a booking that was asked for with an `Idempotency-Key` follows from the key:
 * the engine starts it once, whoever asks, and its input tells what it was started for.
 */
@Injectable()
export class BookingStart {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly reader: BookingReader,
  ) {}

  async start(booking: Omit<BookingInput, 'id'>): Promise<BookingInput> {
    const input = { ...booking, id: randomUUID() };
    await this.begin(input);
    return input;
  }

  /** The booking that the same request has started before, if it has. Problem 422 if that was another request. */
  async find(body: KeyedBody, nowMs: number): Promise<StartedBooking | undefined> {
    for (let generation = 0; ; generation++) {
      const input = await this.reader.readStart(bookingWorkflowId(body.tenant, idOf(body, generation)));
      if (!input) return undefined;
      if (isCurrent(input, body, nowMs)) return { input, replayed: true };
    }
  }

  /** Starts the booking, or finds it started by the same request. */
  async startOnce(
    body: KeyedBody,
    booking: Omit<BookingInput, 'id'>,
    nowMs: number,
  ): Promise<StartedBooking> {
    for (let generation = 0; ;) {
      const id = idOf(body, generation);
      const input = { ...booking, id, request: { atMs: nowMs, fingerprint: body.fingerprint } };
      try {
        await this.begin(input);
        return { input, replayed: false };
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      }
      const stored = await this.reader.readStart(bookingWorkflowId(body.tenant, id));
      if (stored && isCurrent(stored, body, nowMs)) return { input: stored, replayed: true };
      // Gone meanwhile: the same again. Too old: the key is free, and what it stands for next has another id.
      if (stored) generation += 1;
    }
  }

  private async begin(input: BookingInput): Promise<void> {
    await this.client.withDeadline(Date.now() + START_TIMEOUT_MS, () =>
      this.client.workflow.start(BOOKING_WORKFLOW, bookingOptions(input)),
    );
  }
}

function idOf({ tenant, route, key }: KeyedBody, generation: number): string {
  return jobIdFrom(['request', tenant, route, key, generation]);
}

function isCurrent({ request }: BookingInput, body: KeyedBody, nowMs: number): boolean {
  if (!request || nowMs - request.atMs >= KEY_KEPT_MS) return false;
  if (request.fingerprint !== body.fingerprint) throw keyReused();
  return true;
}
