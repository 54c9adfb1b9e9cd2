import { BOOKING_RECORD, bookingWorkflowId, newBookingRecord } from './booking.js';
import type { BookingInput } from './booking.js';
import { DUE_FROM, DUE_UNTIL, JOB_STATUS, TENANT } from './search-attributes.js';
import { MESSAGES_TASK_QUEUE } from './task-queues.js';

/** How the workflow of a booking is started, with all that can be read and searched of it without a worker. */
export function bookingOptions(input: BookingInput) {
  const { id, tenant, appointment } = input;
  const record = newBookingRecord(input);
  const args: [BookingInput] = [input];
  return {
    ...{ workflowId: bookingWorkflowId(tenant, id), args, taskQueue: MESSAGES_TASK_QUEUE },
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    // Where tasks wait in the engine, tenants take turns.
    priority: { fairnessKey: tenant },
    memo: { [BOOKING_RECORD]: record },
    typedSearchAttributes: [
      { key: TENANT, value: tenant },
      { key: JOB_STATUS, value: record.status },
      { key: DUE_FROM, value: new Date(appointment.startsMs) },
      { key: DUE_UNTIL, value: new Date(appointment.endsMs) },
    ],
  };
}
