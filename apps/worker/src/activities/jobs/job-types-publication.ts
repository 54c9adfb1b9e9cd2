import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import type { JobRecords } from '#database/job-records.js';
import { Logger } from '#observability/logger.js';
import { JobTypes } from '../../jobs/job-types.js';

const RETRY_MS = 500;
/** Until then, at a first start, the tables may not be there yet. */
const USUAL_TRIES = 20;

/** Makes the job types of this worker known to servers, in the background, as soon as the database has its tables. */
@Injectable()
export class JobTypesPublication implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();

  constructor(
    private readonly types: JobTypes,
    private readonly logger: Logger,
    private readonly records?: JobRecords,
  ) {}

  onApplicationBootstrap(): void {
    void this.publish();
  }

  onModuleDestroy(): void {
    this.stopping.abort();
  }

  private async publish(): Promise<void> {
    const { signal } = this.stopping;
    for (let tries = 1; this.records && !signal.aborted; tries++) {
      try {
        return await this.records.publish(this.types.all.map(({ name, record }) => ({ name, record })));
      } catch (error) {
        if (tries === USUAL_TRIES) {
          this.logger.warn({ err: error }, 'The job types could not be published yet, trying again');
        }
        await sleep(RETRY_MS, undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
