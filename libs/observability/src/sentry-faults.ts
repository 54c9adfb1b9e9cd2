import { hostname } from 'node:os';
import { createStackParser, createTransport, linkedErrorsIntegration, Scope } from '@sentry/core';
import type { BaseTransportOptions, ErrorEvent, Transport } from '@sentry/core';
import { nodeStackLineParser, ServerRuntimeClient } from '@sentry/core/server';
import type { Faults, FaultsOptions, FaultTags } from './faults.js';
import { logFields } from './log-context.js';
import { withoutValues } from './redaction.js';
import { traceFields } from './tracing.js';

const SEND_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;
/** An outage makes many alike, and a few tell all of it. */
const MAX_PER_MINUTE = 60;

/**
 * Tells Sentry. It is a client by itself: nothing of the process is patched or hooked into, no breadcrumbs are kept, and an
 * event has the error's type, its message without values, its stack and our tags, and nothing else.
 */
export class SentryFaults implements Faults {
  private readonly client: ServerRuntimeClient;
  private minute = 0;
  private toldThisMinute = 0;
  private readonly app: string;

  constructor({ dsn, environment, app, version }: FaultsOptions) {
    this.app = app;
    this.client = new ServerRuntimeClient({
      ...{ dsn, environment, release: `timekeeper@${version}`, serverName: hostname() },
      ...{ platform: 'node', runtime: { name: 'node', version: process.version } },
      stackParser: createStackParser(nodeStackLineParser()),
      integrations: [linkedErrorsIntegration()],
      transport: byFetch,
      sendClientReports: false,
      beforeSend: withoutPayloads,
    });
    this.client.init();
  }

  report(error: unknown, tags: FaultTags = {}): void {
    const minute = Math.floor(Date.now() / 60_000);
    if (minute !== this.minute) this.toldThisMinute = 0;
    this.minute = minute;
    if (this.toldThisMinute++ >= MAX_PER_MINUTE) return;
    const scope = new Scope();
    scope.setTags({ app: this.app, ...logFields(), ...traceFields(), ...tags });
    this.client.captureException(error, { originalException: error }, scope);
  }

  async close(): Promise<void> {
    await this.client.close(CLOSE_TIMEOUT_MS);
  }
}

function withoutPayloads(event: ErrorEvent): ErrorEvent {
  const { type, event_id, timestamp, platform, level, release, environment, server_name, sdk, tags } = event;
  const values = event.exception?.values?.map(({ type: name, value, stacktrace, mechanism }) => ({
    ...{ type: name, value: value && withoutValues(value) },
    ...{ stacktrace, mechanism: mechanism && { type: mechanism.type, handled: mechanism.handled } },
  }));
  const exception = { values };
  return {
    type,
    event_id,
    timestamp,
    platform,
    level,
    release,
    environment,
    server_name,
    sdk,
    tags,
    exception,
  };
}

function byFetch(options: BaseTransportOptions): Transport {
  return createTransport(options, async ({ body }) => {
    const response = await fetch(options.url, {
      ...{ method: 'POST', headers: options.headers, body: body as string },
      signal: AbortSignal.timeout(SEND_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    const header = (name: string) => response.headers.get(name);
    return {
      statusCode: response.status,
      headers: {
        'x-sentry-rate-limits': header('x-sentry-rate-limits'),
        'retry-after': header('retry-after'),
      },
    };
  });
}
