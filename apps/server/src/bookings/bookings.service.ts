import { Inject, Injectable } from '@nestjs/common';
import { bookingWorkflowId, newBookingRecord } from '#contracts/booking.js';
import type { BookingInput } from '#contracts/booking.js';
import { bookingView } from '#contracts/booking-view.js';
import { fingerprintOf } from '../http/idempotency-key.js';
import { KeysInFlight } from '../http/keys-in-flight.js';
import { ProblemException } from '../http/problem.exception.js';
import { parseInstant } from '../http/rfc3339.js';
import { Quotas } from '../tenants/quotas.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { verifyAddresses } from '../emails/verify-addresses.js';
import { addressesOf, readAppointment } from './appointment.js';
import { bookingAnswer } from './booking-answer.js';
import { BookingList } from './booking-list.js';
import { BookingReader } from './booking-reader.js';
import type { StoredBooking } from './booking-reader.js';
import { BookingStart } from './booking-start.js';
import type { BookingDto, BookingPageDto } from './booking.dto.js';
import type { CreateBookingDto } from './bookings.dto.js';
import { BOOKINGS_SETTINGS } from './bookings.settings.js';
import type { BookingsSettings } from './bookings.settings.js';
import type { ListBookingsQuery } from './list-bookings.dto.js';

const LIST_TIMEOUT_MS = 2_500;

/** Makes and finds bookings. What is done to one that is there is `BookingChangesService`. */
@Injectable()
export class BookingsService {
  private readonly inFlight = new KeysInFlight();

  constructor(
    private readonly bookings: BookingStart,
    private readonly reader: BookingReader,
    private readonly bookingList: BookingList,
    private readonly quotas: Quotas,
    @Inject(BOOKINGS_SETTINGS) private readonly settings: BookingsSettings,
  ) {}

  /** Makes a booking. With a key it is made once, however often the same is asked for. */
  async create(
    tenant: RequestTenant,
    body: CreateBookingDto,
    key?: string,
  ): Promise<{ booking: BookingDto; replayed: boolean }> {
    const nowMs = Date.now();
    if (key === undefined) {
      const input = await this.bookings.start(await this.accept(tenant, body, nowMs));
      return { booking: newAnswer(input), replayed: false };
    }
    const keyed = { tenant: tenant.id, route: 'POST /bookings', key, fingerprint: fingerprintOf(body) };
    return this.inFlight.alone(keyed, async () => {
      const found = await this.bookings.find(keyed, nowMs);
      const { input, replayed } =
        found ?? (await this.bookings.startOnce(keyed, await this.accept(tenant, body, nowMs), nowMs));
      return { booking: newAnswer(input), replayed };
    });
  }

  async get(tenant: RequestTenant, id: string): Promise<BookingDto> {
    return bookingAnswer(await this.find(tenant, id));
  }

  async list(tenant: RequestTenant, query: ListBookingsQuery): Promise<BookingPageDto> {
    const { status, from, until, limit, cursor } = query;
    const filter = {
      ...{ statuses: status, fromMs: from === undefined ? undefined : parseInstant(from) },
      untilMs: until === undefined ? undefined : parseInstant(until),
    };
    const page = await this.bookingList.page(
      tenant.id,
      filter,
      { limit, cursor },
      Date.now() + LIST_TIMEOUT_MS,
    );
    return { data: page.bookings.map(bookingView), next_cursor: page.cursor ?? null };
  }

  /** Throws 404 if the tenant has no such booking. */
  async find(tenant: RequestTenant, id: string): Promise<StoredBooking> {
    const booking = await this.reader.read(bookingWorkflowId(tenant.id, id));
    if (!booking) throw new ProblemException(404, 'not-found', `There is no booking ${id}.`);
    return booking;
  }

  private async accept(
    tenant: RequestTenant,
    body: CreateBookingDto,
    nowMs: number,
  ): Promise<Omit<BookingInput, 'id'>> {
    const { horizonMs, verifier, ...settings } = this.settings;
    const appointment = readAppointment(body, { nowMs, horizonMs });
    this.quotas.checkInput(tenant, body);
    await verifyAddresses(verifier, addressesOf(appointment));
    this.quotas.admitJobs(tenant, 1);
    return { tenant: tenant.id, appointment, createdMs: nowMs, settings };
  }
}

/** A booking that was just made: the same answer whenever the request is repeated. */
function newAnswer(input: BookingInput): BookingDto {
  return bookingAnswer({ record: newBookingRecord(input), attendees: [] });
}
