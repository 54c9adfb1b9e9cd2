import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { ROOT } from '../../scripts/paths.js';

const HISTORIES = join(ROOT, 'test/replay/histories');
/** As the engine's API numbers it. */
const ACTIVITY_TASK_SCHEDULED = 10;
const options = { workflowBundle: { codePath: join(ROOT, 'dist/workflow-bundle.js') } };

beforeAll(() => {
  // A replay that fails, as one of these is to, is told of at length.
  Runtime.install({
    logger: new DefaultLogger('ERROR'),
    telemetryOptions: { logging: { filter: 'ERROR', forward: {} } },
  });
});

describe.each(readdirSync(HISTORIES))('stored histories of %s', (workflowType) => {
  const files = readdirSync(join(HISTORIES, workflowType)).filter((file) => file.endsWith('.json'));

  it.each(files)('%s replays on this code', async (file) => {
    const history = read(workflowType, file);
    await Worker.runReplayHistory(options, history, workflowIdOf(workflowType, history));
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

function read(workflowType: string, file: string) {
  return historyFromJSON(JSON.parse(readFileSync(join(HISTORIES, workflowType, file), 'utf8')));
}

// Some name others by their own.
function workflowIdOf(workflowType: string, { events }: ReturnType<typeof read>): string {
  const { workflowId } = events?.[0]?.workflowExecutionStartedEventAttributes ?? {};
  return workflowId || `${workflowType}:default:replay`;
}
