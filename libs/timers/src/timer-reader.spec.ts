import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { WorkflowNotFoundError } from '@temporalio/client';
import type { Client } from '@temporalio/client';
import { defaultDataConverter } from '@temporalio/common';
import { encodeToPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Attempt } from '#contracts/delivery.js';
import type { TimerView } from '#contracts/timers.js';
import { OnlyWorkersKnow, TimerReader } from './timer-reader.js';

const [ofWorker, ofEngine] = [{ attempts: 1 }, { attempts: 0 }] as TimerView[] as [TimerView, TimerView];
const notFound = new WorkflowNotFoundError('not found', 'timers:a', undefined);
const after = async <T>(ms: number, outcome: T | Error): Promise<T> => {
  await new Promise((resolve) => setTimeout(resolve, ms));
  if (outcome instanceof Error) throw outcome;
  return outcome;
};

/** What a reader comes to whose worker and engine answer so, and when the engine was asked. */
async function read(worker: () => Promise<unknown>, engine: () => Promise<unknown>) {
  const given: AbortSignal[] = [];
  const client = {
    withDeadline: (_atMs: number, ask: () => unknown) => ask(),
    withAbortSignal: (signal: AbortSignal, ask: () => unknown) => {
      given.push(signal);
      return ask();
    },
    workflow: { getHandle: () => ({ query: worker }) },
  };
  const reader = new TimerReader(client as unknown as Client);
  const stored = jest
    .spyOn(reader, 'readStored')
    .mockImplementation(engine as () => Promise<TimerView | null>);
  const outcome = reader.read('timers:a', 0).catch((error: unknown) => error);
  await jest.runAllTimersAsync();
  return {
    outcome: await outcome,
    engineWasAsked: stored.mock.calls.length > 0,
    isGivenUp: given[0]?.aborted,
  };
}

describe('a timer', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  describe('that a worker holds', () => {
    const timer = { id: 'a', url: 'http://example.com/', dueMs: 0 };
    const held = { timer, status: 'scheduled', nextAttemptMs: -1, held: true, attempts: 0 } as TimerView;
    const success: Attempt = { index: 0, attempt: 1, startedMs: 1, finishedMs: 2, statusCode: 200 };

    /** What a reader says of it whose engine keeps this record of a window. */
    async function told(view: TimerView, describing: () => Promise<object>, later = view) {
      const query = jest.fn<() => Promise<TimerView>>().mockResolvedValue(later).mockResolvedValueOnce(view);
      const client = {
        options: { namespace: 'default', loadedDataConverter: defaultDataConverter },
        withDeadline: (_atMs: number, ask: () => unknown) => ask(),
        withAbortSignal: (_signal: AbortSignal, ask: () => unknown) => ask(),
        workflow: { getHandle: () => ({ query }) },
        workflowService: { describeWorkflowExecution: jest.fn(describing) },
      };
      const read = await new TimerReader(client as unknown as Client).read('timers:a', 0);
      return { read, describes: client.workflowService.describeWorkflowExecution.mock.calls.length };
    }

    const recording = (attempts: Attempt[]) => async () => ({
      pendingActivities: [
        {},
        { heartbeatDetails: { payloads: await encodeToPayloads(defaultDataConverter, { attempts }) } },
      ],
    });

    it('is delivered once that is recorded, though its window has not ended', async () => {
      const { read } = await told(held, recording([{ ...success, index: 1 }, success]));
      expect(read).toMatchObject({ status: 'delivered', held: false, attempts: 1 });
    });

    it.each([
      ['nothing is recorded of it', [{ ...success, index: 1 }]],
      ['what is recorded is of an attempt before', [{ ...success, attempt: 0 }]],
      ['what is recorded has failed', [{ ...success, statusCode: 503 }]],
    ])('stands as its workflow says where %s', async (_, attempts) => {
      expect((await told(held, recording(attempts))).read).toBe(held);
    });

    it('stands as its workflow says where the engine does not say what is recorded', async () => {
      expect((await told(held, () => Promise.reject(new Error('away')))).read).toBe(held);
    });

    it('is asked about again where its window has ended meanwhile: it never goes back', async () => {
      const ended = { ...held, status: 'delivered', held: false, attempts: 1 } as TimerView;
      expect((await told(held, recording([]), ended)).read).toBe(ended);
    });

    it('is not asked about before it is due', async () => {
      const early = { ...held, nextAttemptMs: Date.now() + 1_000 };
      expect(await told(early, recording([]))).toEqual({ read: early, describes: 0 });
    });
  });

  describe('that the engine alone is asked of', () => {
    const timer = { id: 'a', url: 'http://example.com/', dueMs: 0 };
    const line = { id: 'a', dueMs: 0, status: 'scheduled', nextAttemptMs: 1, attempts: 0 };
    const [SCHEDULED, STARTED, CANCEL_REQUESTED] = [1, 2, 3];

    /** What the engine makes known of a timer whose published line says so, while its window is in this state. */
    async function stored(status: string, state?: number): Promise<TimerView | null> {
      const memo = { timers: [{ ...line, status }] };
      const pendingActivities = state === undefined ? [] : [{ state }];
      const describe = () => Promise.resolve({ memo, startTime: new Date(0), raw: { pendingActivities } });
      const payloads = await encodeToPayloads(defaultDataConverter, { timers: [timer] });
      const event = { workflowExecutionStartedEventAttributes: { input: { payloads } } };
      const client = {
        options: { namespace: 'default', loadedDataConverter: defaultDataConverter },
        withDeadline: (_atMs: number, ask: () => unknown) => ask(),
        workflow: { getHandle: () => ({ describe }) },
        workflowService: {
          getWorkflowExecutionHistory: () => Promise.resolve({ history: { events: [event] } }),
        },
      };
      return new TimerReader(client as unknown as Client).readStored('timers:a', 0);
    }

    it.each([
      ['held where a worker has a window of its group', 'scheduled', STARTED, true],
      ['held while that window is told to stop', 'retrying', CANCEL_REQUESTED, true],
      ['not held where no worker has taken the window yet', 'scheduled', SCHEDULED, false],
      ['not held where its group has no window', 'scheduled', undefined, false],
      ['not held once it has ended', 'delivered', STARTED, false],
    ])('is %s', async (_, status, state, held) => {
      expect(await stored(status, state)).toMatchObject({ timer, status, held });
    });
  });

  it('is told of by its worker, and the engine is not asked while that may answer in time', async () => {
    const found = await read(
      () => after(400, ofWorker),
      () => after(1, ofEngine),
    );
    expect(found).toMatchObject({ outcome: ofWorker, engineWasAsked: false, isGivenUp: true });
  });

  it('is told of by the engine where the worker is late, and the worker is waited for no longer', async () => {
    const found = await read(
      () => after(1_900, ofWorker),
      () => after(1, ofEngine),
    );
    expect(found).toMatchObject({ outcome: ofEngine, engineWasAsked: true, isGivenUp: true });
  });

  it('is told of by a worker that is late, where the engine is later or cannot tell', async () => {
    const late = () => after(1_000, ofWorker);
    expect(await read(late, () => after(2_000, ofEngine))).toMatchObject({ outcome: ofWorker });
    expect(await read(late, () => after(1, new OnlyWorkersKnow()))).toMatchObject({ outcome: ofWorker });
  });

  it('is asked of the engine at once where no worker can be asked', async () => {
    const found = await read(
      () => after(1, new Error('no poller')),
      () => after(1, ofEngine),
    );
    expect(found).toMatchObject({ outcome: ofEngine });
  });

  it('is told of by nobody where both fail, for the reason that the engine has', async () => {
    const found = await read(
      () => after(1_900, new Error('deadline')),
      () => after(1, new OnlyWorkersKnow()),
    );
    expect(found.outcome).toBeInstanceOf(OnlyWorkersKnow);
  });

  it('is none where its workflow is not there, whoever says so and however late', async () => {
    expect(
      await read(
        () => after(1, notFound),
        () => after(1, ofEngine),
      ),
    ).toMatchObject({ outcome: null });
    const engine = () => after(900, notFound);
    expect(await read(() => after(700, notFound), engine)).toMatchObject({ outcome: null });
  });
});
