import { Links } from '../links.js';
import type { Link } from '../links.js';
import type { Field } from '../row.js';

/** Runs with one worker whose way to the engine is a link that can be harmed. */
export async function withLink(field: Field, run: (link: Link) => Promise<void>): Promise<void> {
  const { system, folder } = field.stage;
  const worker = field.random.pick(system.workers);
  const links = await Links.start(folder);
  try {
    const link = await links.to(system.engine.address);
    await worker.stop();
    worker.start({ TEMPORAL_ADDRESS: link.address });
    await worker.ready();
    await run(link);
  } finally {
    await worker.stop();
    worker.start();
    await worker.ready();
    await links.stop();
  }
}
