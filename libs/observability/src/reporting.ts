import { watchForCrashes } from './crash.js';
import { createFaults } from './faults.js';
import type { Faults, FaultsOptions } from './faults.js';
import type { Logger } from './logger.js';
import type { SpanExport } from './span-export.js';
import { startTracing } from './tracing.js';
import type { TracingSettings } from './tracing.js';

/** What a process tells the outside of itself besides its log. */
export interface Reporting {
  faults: Faults;
  /** Undefined: nothing is traced. */
  spans?: SpanExport;
  /** Resolves when what was to be told was sent, or nobody took it within a moment. */
  close: () => Promise<void>;
}

/** To be called before anything else can go wrong. `tracing` undefined: nothing is traced. */
export async function startReporting(
  { tracing, ...faultsOptions }: FaultsOptions & { tracing?: TracingSettings },
  logger: Logger,
): Promise<Reporting> {
  const faults = await createFaults(faultsOptions);
  watchForCrashes(logger, faults);
  const spans = await startTracing(tracing, logger);
  const close = async () => void (await Promise.all([faults.close(), spans?.close()]));
  return { faults, spans, close };
}
