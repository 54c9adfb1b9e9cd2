import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import { BOOKING_RECORD, BOOKING_WORKFLOW } from '#contracts/booking.js';
import type { BookingRecord, BookingStatus } from '#contracts/booking.js';
import { DUE_FROM, DUE_UNTIL, JOB_STATUS, TENANT } from '#contracts/search-attributes.js';
import { decodeCursor, encodeCursor } from '#timers/list-cursor.js';
import { quoted, time } from '#timers/visibility-query.js';

export interface BookingFilter {
  statuses?: readonly BookingStatus[];
  fromMs?: number;
  untilMs?: number;
}

/** Lists bookings from what their workflows have published. Needs no worker. */
@Injectable()
export class BookingList {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** The next bookings that match; a page may be short and still have a cursor. Throws `InvalidCursor` for a cursor of another list. */
  async page(
    tenant: string,
    filter: BookingFilter,
    { limit, cursor }: { limit: number; cursor?: string },
    deadlineMs: number,
  ): Promise<{ bookings: BookingRecord[]; cursor?: string }> {
    const query = queryOf(tenant, filter);
    const list = `bookings ${query}`;
    const before = cursor === undefined ? '' : decodeCursor(cursor, list).token;
    const { namespace, loadedDataConverter } = this.client.options;
    const nextPageToken = Buffer.from(before, 'base64url');
    const page = await this.client.withDeadline(deadlineMs, () =>
      this.client.workflowService.listWorkflowExecutions({
        ...{ namespace, query, pageSize: limit },
        nextPageToken,
      }),
    );
    const bookings = (page.executions ?? []).map(async (raw) => {
      const { memo } = await executionInfoFromRaw(raw, loadedDataConverter, undefined, namespace);
      return memo?.[BOOKING_RECORD] as BookingRecord;
    });
    const token = Buffer.from(page.nextPageToken ?? []).toString('base64url');
    return {
      bookings: await Promise.all(bookings),
      ...(token && { cursor: encodeCursor({ token }, list) }),
    };
  }
}

function queryOf(tenant: string, { statuses, fromMs, untilMs }: BookingFilter): string {
  return [
    `WorkflowType = ${quoted(BOOKING_WORKFLOW)}`,
    "ExecutionStatus != 'ContinuedAsNew'",
    `${TENANT.name} = ${quoted(tenant)}`,
    ...(statuses ? [`${JOB_STATUS.name} IN (${statuses.map(quoted).join(', ')})`] : []),
    ...(fromMs === undefined ? [] : [`${DUE_UNTIL.name} >= ${time(fromMs + 1)}`]),
    ...(untilMs === undefined ? [] : [`${DUE_FROM.name} < ${time(untilMs)}`]),
  ].join(' AND ');
}
