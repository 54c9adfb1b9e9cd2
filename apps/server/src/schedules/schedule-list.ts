import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { TENANT } from '#contracts/search-attributes.js';
import { decodeCursor, encodeCursor, InvalidCursor } from '#timers/list-cursor.js';
import { quoted } from '#timers/visibility-query.js';
import { engineId } from './schedule-encoding.js';

const CALL_TIMEOUT_MS = 2_700;
const GRPC_INVALID_ARGUMENT = 3;

export interface SchedulePage {
  ids: string[];
  cursor?: string;
}

/** Lists the ids of a tenant's schedules. */
@Injectable()
export class ScheduleList {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** Null if the cursor is not one of this list. */
  async page(tenant: string, limit: number, cursor?: string): Promise<SchedulePage | null> {
    const list = `schedules of ${tenant}`;
    try {
      const place = cursor === undefined ? undefined : decodeCursor(cursor, list);
      const { schedules, nextPageToken } = await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
        this.client.workflowService.listSchedules({
          namespace: this.client.options.namespace,
          maximumPageSize: limit,
          query: `${TENANT.name} = ${quoted(tenant)}`,
          ...(place && { nextPageToken: Buffer.from(place.token, 'base64url') }),
        }),
      );
      const prefix = engineId({ tenant, id: '' });
      const ids = (schedules ?? []).map(({ scheduleId }) => (scheduleId ?? '').slice(prefix.length));
      const token = Buffer.from(nextPageToken ?? []).toString('base64url');
      return { ids, ...(token && { cursor: encodeCursor({ token }, list) }) };
    } catch (error) {
      if (error instanceof InvalidCursor || (cursor !== undefined && isBadToken(error))) return null;
      throw error;
    }
  }
}

// It may also say `unknown` to a token that it can not read, as in an outage: the cursor's checksum keeps such from it.
function isBadToken(error: unknown): boolean {
  const { code, message } = error as { code?: number; message: string };
  return code === GRPC_INVALID_ARGUMENT && !/search attribute/i.test(message);
}
