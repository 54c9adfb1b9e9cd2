import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';

const HOST = '127.0.0.1';
const READ_TIMEOUT_MS = 2_000;

/** What the SDK measures of its workers. It can show that on a port only, so it gets one that nobody else is told of. */
export class CoreMetrics {
  private constructor(private readonly port: number) {}

  static async onFreePort(): Promise<CoreMetrics> {
    const server = createServer();
    const port = await new Promise<number>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
    });
    await new Promise((resolve) => server.close(resolve));
    return new CoreMetrics(port);
  }

  /** For the SDK's runtime. */
  get prometheus() {
    const bindAddress = `${HOST}:${this.port}`;
    return { bindAddress, useSecondsForDurations: true, unitSuffix: true };
  }

  /** In the text format of Prometheus. */
  async text(): Promise<string> {
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    const response = await fetch(`http://${HOST}:${this.port}/metrics`, { signal });
    return withSnakeCase(withTotals(await response.text()));
  }
}

/** Counters are to be called so; the SDK's own setting for it (`countersTotalSuffix`) changes nothing in 1.23. */
function withTotals(text: string): string {
  const counters = [...text.matchAll(/^# TYPE (\w+) counter$/gm)].map(([, name = '']) => name);
  return counters
    .filter((name) => !name.endsWith('_total'))
    .reduce((rest, name) => rest.replace(nameAtStart(name), '$1_total'), text);
}

/** What workflows count has labels of the SDK that are written as its code is: `taskQueue`, `workflowType`. */
function withSnakeCase(text: string): string {
  return text.replace(/^timekeeper_\w+\{.*\}/gm, (sample) =>
    sample.replace(/([{,])(\w+)(?==")/g, (_label, before: string, name: string) => before + snakeCase(name)),
  );
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function nameAtStart(name: string): RegExp {
  return new RegExp(`^((?:# (?:HELP|TYPE) )?${name})(?=[ {])`, 'gm');
}
