import type { Faults } from './faults.js';
import type { Logger } from './logger.js';

/** An error that nobody has caught ends the process, as without this, but it is logged and told of first. */
export function watchForCrashes(logger: Logger, faults: Faults): void {
  process.once('uncaughtException', (error) => {
    logger.error({ err: error }, 'The process has crashed');
    faults.report(error, { crash: 'yes' });
    void faults.close().finally(() => process.exit(1));
  });
}
