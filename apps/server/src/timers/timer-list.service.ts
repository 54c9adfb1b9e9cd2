import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { TimerList } from '#timers/timer-list.js';
import { filterOf } from './timer-filter.dto.js';
import { summaryOf } from './timer-list.dto.js';
import type { ListTimersQuery, TimerPageDto } from './timer-list.dto.js';

const TIMEOUT_MS = 3_000;

@Injectable()
export class TimerListService {
  constructor(
    @Inject(Client) private readonly client: Client,
    private readonly timers: TimerList,
  ) {}

  async page(tenant: string, { limit, cursor, ...filter }: ListTimersQuery): Promise<TimerPageDto> {
    const page = await this.client.withDeadline(Date.now() + TIMEOUT_MS, () =>
      this.timers.page(tenant, filterOf(filter), { limit, cursor }),
    );
    const nowMs = Date.now();
    return { data: page.timers.map((line) => summaryOf(line, nowMs)), next_cursor: page.cursor ?? null };
  }
}
