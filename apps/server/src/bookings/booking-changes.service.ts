import { Inject, Injectable } from '@nestjs/common';
import { Client, WorkflowNotFoundError, WorkflowUpdateRPCTimeoutOrCancelledError } from '@temporalio/client';
import { bookingWorkflowId, cancelBooking, changeBooking } from '#contracts/booking.js';
import type { BookingResult } from '#contracts/booking.js';
import { allowedVersions, changedMeanwhile } from '../http/if-match.js';
import { ProblemException } from '../http/problem.exception.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { verifyAddresses } from '../emails/verify-addresses.js';
import { addressesOf } from './appointment.js';
import { bookingAnswer } from './booking-answer.js';
import { patchedAppointment } from './booking-patch.js';
import type { StoredBooking } from './booking-reader.js';
import type { BookingDto } from './booking.dto.js';
import { BookingsService } from './bookings.service.js';
import { BOOKINGS_SETTINGS } from './bookings.settings.js';
import type { BookingsSettings } from './bookings.settings.js';

const CALL_TIMEOUT_MS = 2_500;
/** Of a change that others always come before. */
const MAX_TRIES = 20;

/** What clients do to bookings that are there. */
@Injectable()
export class BookingChangesService {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly bookings: BookingsService,
    @Inject(BOOKINGS_SETTINGS) private readonly settings: BookingsSettings,
  ) {}

  /** Changes what the merge patch names. Of changes that come at the same time none undoes another. */
  async change(
    tenant: RequestTenant,
    id: string,
    patch: Record<string, unknown>,
    ifMatch?: string,
  ): Promise<BookingDto> {
    const allowed = allowedVersions(ifMatch);
    for (let tries = 1; ; tries++) {
      const found = await this.bookings.find(tenant, id);
      const { version } = found.record;
      const bounds = { nowMs: Date.now(), horizonMs: this.settings.horizonMs };
      const appointment = await patchedAppointment(found.record, patch, bounds);
      const known = new Set(addressesOf(found.record.appointment).map(({ address }) => address));
      const added = addressesOf(appointment).filter(({ address }) => !known.has(address));
      await verifyAddresses(this.settings.verifier, added);
      if (allowed && !allowed.includes(version)) throw changedMeanwhile(`Booking ${id}`, version);
      if (found.record.status === 'canceled') throw wrongStatus(found, 'changed');
      const result = await this.update(tenant, id, (handle) =>
        handle.executeUpdate(changeBooking, { args: [{ basedOn: version, appointment }] }),
      );
      if (result?.outcome === 'made') return bookingAnswer(result.state);
      if (result?.outcome !== 'stale') throw wrongStatus(await this.bookings.find(tenant, id), 'changed');
      if (tries === MAX_TRIES) throw changedMeanwhile(`Booking ${id}`, result.state.record.version);
    }
  }

  /** The same however often. */
  async cancel(tenant: RequestTenant, id: string, ifMatch?: string): Promise<BookingDto> {
    const found = await this.bookings.find(tenant, id);
    if (found.record.status === 'canceled') return bookingAnswer(found);
    const result = await this.update(tenant, id, (handle) =>
      handle.executeUpdate(cancelBooking, { args: [{ ifVersions: allowedVersions(ifMatch) }] }),
    );
    if (result?.outcome === 'made') return bookingAnswer(result.state);
    if (result?.outcome === 'stale') throw changedMeanwhile(`Booking ${id}`, result.state.record.version);
    const now = await this.bookings.find(tenant, id);
    if (now.record.status === 'canceled') return bookingAnswer(now);
    throw wrongStatus(now, 'cancelled');
  }

  /** Undefined: its workflow has ended. */
  private async update(
    tenant: RequestTenant,
    id: string,
    ask: (handle: ReturnType<Client['workflow']['getHandle']>) => Promise<BookingResult>,
  ): Promise<BookingResult | undefined> {
    const handle = this.client.workflow.getHandle(bookingWorkflowId(tenant.id, id));
    try {
      return await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () => ask(handle));
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      if (!(error instanceof WorkflowUpdateRPCTimeoutOrCancelledError)) throw error;
      const detail =
        'No worker is running that could change it. Ask again: it may have been changed meanwhile.';
      throw new ProblemException(503, 'no-worker', detail, { headers: { 'retry-after': '5' } });
    }
  }
}

function wrongStatus({ record }: StoredBooking, what: string): ProblemException {
  const { id, status } = record;
  const detail = `Booking ${id} is ${status} and can not be ${what} any more.`;
  return new ProblemException(409, 'booking-status', detail, { booking_status: status });
}
