import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import * as workflows from '../../apps/worker/src/workflows/index.js';
import { ROOT } from '../../scripts/paths.js';

const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
const HISTORIES = join(ROOT, 'test/replay/histories');
/** As the engine's API numbers it. */
const ACTIVITY_TASK_SCHEDULED = 10;
const options = { workflowBundle: { codePath: join(ROOT, 'dist/workflow-bundle.js') } };
/** The bundle of workers that trace. Whoever switches traces on or off does so with workflows under way. */
const traced = {
  workflowBundle: { codePath: join(ROOT, 'dist/workflow-bundle-traced.js') },
  sinks: { exporter: { export: { fn: () => undefined } } },
};
const MONTH_MS = 30 * 86_400_000;

beforeAll(() => {
  // A replay that fails, as one of these is to, is told of at length.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
});

describe('stored histories', () => {
  it.each(Object.keys(workflows))('there are some of %s, of this version', (workflowType) => {
    const folder = join(HISTORIES, workflowType);
    const files = existsSync(folder) ? readdirSync(folder) : [];
    expect(files.filter((file) => file.startsWith(`${version}-`))).not.toEqual([]);
  });

  it('are of workflows that there still are', () => {
    expect(Object.keys(workflows)).toEqual(expect.arrayContaining(readdirSync(HISTORIES)));
  });
});

describe.each(readdirSync(HISTORIES))('stored histories of %s', (workflowType) => {
  const files = readdirSync(join(HISTORIES, workflowType)).filter((file) => file.endsWith('.json'));

  it.each(files)('%s replays on this code', async (file) => {
    const history = read(workflowType, file);
    await Worker.runReplayHistory(options, history, workflowIdOf(workflowType, history));
  });

  it.each(files)('%s replays where traces are on', async (file) => {
    const history = read(workflowType, file);
    await Worker.runReplayHistory(traced, history, workflowIdOf(workflowType, history));
  });

  it('would not replay on code that decides otherwise', async () => {
    const history = read(workflowType, files[0] as string);
    const scheduled = history.events?.find((event) => event.activityTaskScheduledEventAttributes);
    (scheduled?.activityTaskScheduledEventAttributes?.activityType ?? {}).name = 'anotherActivity';
    const slept = history.events?.find((event) => event.timerStartedEventAttributes);
    if (!scheduled && slept) {
      slept.eventType = ACTIVITY_TASK_SCHEDULED;
      slept.timerStartedEventAttributes = null;
      slept.activityTaskScheduledEventAttributes = { activityId: '1', activityType: { name: 'anActivity' } };
    }
    const replayed = Worker.runReplayHistory(options, history, workflowIdOf(workflowType, history));
    await expect(replayed).rejects.toThrow(DeterminismViolationError);
  });
});

describe('the traces of a workflow', () => {
  const REQUEST = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

  interface Span {
    name: string;
    spanContext: { traceId: string; spanId: string };
    parentSpanContext?: { spanId: string };
    links: { context: { traceId: string; spanId: string } }[];
  }

  /** The spans of a workflow that sleeps for so long before its first window. */
  async function spansOf(sleepMs: number): Promise<Span[]> {
    const [file = ''] = readdirSync(join(HISTORIES, 'timers')).filter((name) =>
      name.endsWith('one-delivered.json'),
    );
    const history = read('timers', file);
    const header = JSON.stringify({ traceparent: `00-${REQUEST.traceId}-${REQUEST.spanId}-01` });
    const start = history.events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
    const data = Buffer.from(header);
    start.header = {
      fields: { '_tracer-data': { metadata: { encoding: Buffer.from('json/plain') }, data } },
    };
    const woken = history.events?.findIndex((event) => event.timerFiredEventAttributes) ?? -1;
    expect(woken).toBeGreaterThan(0);
    for (const { eventTime } of history.events?.slice(woken) ?? []) {
      const later: { seconds?: unknown } = eventTime ?? {};
      later.seconds = Number(later.seconds) + Math.round(sleepMs / 1000);
    }
    const spans: Span[] = [];
    const fn = (_info: unknown, ended: Span[]) => void spans.push(...ended);
    const sinks = { exporter: { export: { fn, callDuringReplay: true } } };
    await Worker.runReplayHistory({ ...traced, sinks }, history, workflowIdOf('timers', history));
    return spans;
  }

  const named = (spans: Span[], name: string) => spans.find((span) => span.name === name) as Span;

  it('stay in the trace of its request after a short sleep', async () => {
    const spans = await spansOf(60_000);
    const run = named(spans, 'RunWorkflow:timers');
    expect(run).toMatchObject({
      spanContext: { traceId: REQUEST.traceId },
      parentSpanContext: { spanId: REQUEST.spanId },
    });
    expect(named(spans, 'StartActivity:deliver')).toMatchObject({
      spanContext: { traceId: REQUEST.traceId },
      parentSpanContext: { spanId: run.spanContext.spanId },
    });
  });

  it('go on in one of their own after a sleep of months, linked to it', async () => {
    const spans = await spansOf(MONTH_MS);
    const run = named(spans, 'RunWorkflow:timers');
    const woken = named(spans, 'WakeUp:timers');
    expect(run.spanContext.traceId).toBe(REQUEST.traceId);
    expect(woken.spanContext.traceId).not.toBe(REQUEST.traceId);
    expect(woken.parentSpanContext).toBeUndefined();
    const { traceId, spanId } = run.spanContext;
    expect(woken.links).toMatchObject([{ context: { traceId, spanId } }]);
    expect(named(spans, 'StartActivity:deliver')).toMatchObject({
      spanContext: { traceId: woken.spanContext.traceId },
      parentSpanContext: { spanId: woken.spanContext.spanId },
    });
  });
});

function read(workflowType: string, file: string) {
  return historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, workflowType, file), 'utf8')));
}

// Some name others by their own.
function workflowIdOf(workflowType: string, { events }: ReturnType<typeof read>): string {
  const { workflowId } = events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  return workflowId || `${workflowType}:default:replay`;
}
