import { upsertMemo, upsertSearchAttributes } from '@temporalio/workflow';
import { BOOKING_RECORD } from '#contracts/booking.js';
import type { BookingRecord } from '#contracts/booking.js';
import { DUE_FROM, DUE_UNTIL, JOB_STATUS } from '#contracts/search-attributes.js';

/** Keeps what is read and searched of a booking without a worker as the booking is. */
export class BookingPublication {
  private published: string;

  constructor(record: BookingRecord) {
    this.published = stateOf(record);
  }

  update(record: BookingRecord): void {
    if (stateOf(record) === this.published) return;
    this.published = stateOf(record);
    upsertMemo({ [BOOKING_RECORD]: { ...record } });
    upsertSearchAttributes([
      { key: JOB_STATUS, value: record.status },
      { key: DUE_FROM, value: new Date(record.appointment.startsMs) },
      { key: DUE_UNTIL, value: new Date(record.appointment.endsMs) },
    ]);
  }
}

function stateOf({ version, status }: BookingRecord): string {
  return `${version} ${status}`;
}
