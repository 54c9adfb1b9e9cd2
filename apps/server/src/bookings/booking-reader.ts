import { Inject, Injectable } from '@nestjs/common';
import { Client, isGrpcServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { decodeFromPayloadsAtIndex } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { BOOKING_RECORD, getBooking } from '#contracts/booking.js';
import type { BookingInput, BookingRecord, BookingState } from '#contracts/booking.js';

/** Together under 2 s: a query without a live worker fails only at its deadline. */
const QUERY_TIMEOUT_MS = 700;
const STORED_TIMEOUT_MS = 1_200;
/** gRPC. */
const NOT_FOUND = 5;

/** A booking as far as it is known. */
export interface StoredBooking {
  record: BookingRecord;
  /** Absent while only a worker could tell. */
  attendees?: BookingState['attendees'];
}

/** Finds out how a booking stands: from its workflow, or, without a worker to ask, from what the engine stores. */
@Injectable()
export class BookingReader {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** Null if the engine has no such booking. */
  async read(workflowId: string): Promise<StoredBooking | null> {
    const handle = this.client.workflow.getHandle(workflowId);
    try {
      const state = await this.within(QUERY_TIMEOUT_MS, () => handle.query(getBooking)).catch(
        (error: unknown) => {
          if (error instanceof WorkflowNotFoundError) throw error;
          return undefined;
        },
      );
      if (state) return state;
      const { memo } = await this.within(STORED_TIMEOUT_MS, () => handle.describe());
      const record = memo?.[BOOKING_RECORD] as BookingRecord | undefined;
      return record ? { record } : null;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  /** What the booking was started with. Null if the engine has no such booking. */
  async readStart(workflowId: string): Promise<BookingInput | null> {
    try {
      return (await this.within(STORED_TIMEOUT_MS, () => this.readInput(workflowId))) ?? null;
    } catch (error) {
      if (isGrpcServiceError(error) && Number(error.code) === NOT_FOUND) return null;
      throw error;
    }
  }

  // The first event of a run carries its input. Answered by the engine itself.
  private async readInput(workflowId: string): Promise<BookingInput | undefined> {
    const { namespace, loadedDataConverter } = this.client.options;
    const request = { execution: { workflowId }, namespace, maximumPageSize: 1 };
    const { history } = await this.client.workflowService.getWorkflowExecutionHistory(request);
    const payloads = history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input?.payloads;
    return decodeFromPayloadsAtIndex<BookingInput>(loadedDataConverter, 0, payloads);
  }

  private within<T>(timeoutMs: number, ask: () => Promise<T>): Promise<T> {
    return this.client.withDeadline(Date.now() + timeoutMs, ask);
  }
}
