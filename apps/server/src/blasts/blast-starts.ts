import { Inject, Injectable } from '@nestjs/common';
import { Client } from '@temporalio/client';
import { BLAST_WORKFLOW } from '#contracts/blast.js';
import type { BlastKey } from '#contracts/blast.js';
import { blastOptions } from '#contracts/blast-options.js';

const CALL_TIMEOUT_MS = 2_500;

/** Has the workflow of a blast look at what has changed. */
@Injectable()
export class BlastStarts {
  constructor(@Inject(Client) private readonly client: Client) {}

  /** Starts it if it does not run. */
  async poke(blast: BlastKey): Promise<void> {
    await this.client.withDeadline(Date.now() + CALL_TIMEOUT_MS, () =>
      this.client.workflow.signalWithStart(BLAST_WORKFLOW, blastOptions(blast)),
    );
  }
}
