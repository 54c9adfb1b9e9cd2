import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Client } from '@temporalio/client';
import { destinationWorkflowId } from '#contracts/destination.js';
import { decodeTimerId, timersWorkflowId } from '#contracts/timer-id.js';
import { createClient } from '#temporal/connection.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { postTimers } from '../support/load.js';
import { Receiver } from '../support/receiver.js';
import { System } from '../support/system.js';

describe('a group of timers with a long history', () => {
  let system: System;
  let receiver: Receiver;
  let client: Client;

  beforeAll(async () => {
    // The engine suggests a new run after 15 events instead of 4,096.
    const dynamicConfig = { 'limit.historyCount.suggestContinueAsNew': '15' };
    const env = { RETRY_DELAYS_SECONDS: '2,2', WHEEL_WIDTH_MS: '500' };
    [system, receiver] = await Promise.all([System.start({ dynamicConfig, env }), Receiver.start()]);
    client = createClient(
      { connectionOptions: { address: system.engine.address }, namespace: 'default' },
      'test',
    );
  });

  afterAll(async () => {
    await client.connection.close();
    await receiver.stop();
    await system.stop();
  });

  it('goes on in new runs, and each of them is delivered or tried again as if nothing had been', async () => {
    receiver.answer('/fails/', (_request, response) => response.writeHead(500).end());
    const bodies = Array.from({ length: 40 }, (_, i) => ({
      // Two bursts: in between no window is open, which is when a run can end.
      seconds: i % 2 ? 3 : 15,
      url: receiver.url(i % 4 < 2 ? `/fails/${i}/` : `/works/${i}/`),
    }));
    const posts = await postTimers(system.servers, bodies, 40);
    const ids = posts.map(({ body }) => body?.id ?? '');
    await receiver.received('/works/', 20, 60_000);
    await receiver.received('/fails/', 60, 60_000);
    const wanted = bodies.map(({ url }) => (url.includes('/fails/') ? 'failed' : 'delivered'));
    await waitUntil('all have ended', async () => {
      const statuses = await Promise.all(ids.map(async (id) => (await system.get(id)).status));
      return statuses.join() === wanted.join();
    });
    expect(receiver.requests).toHaveLength(80);
    const early = posts.filter(
      ({ body, path }) => (receiver.at(path)[0]?.atMs ?? 0) < Date.parse(body?.fire_at ?? ''),
    );
    expect(early).toEqual([]);
    expect(await runsOf(ids)).toBeGreaterThan(0);
  });

  it('is paused as long as it was said of its destination, whose workflow goes on in a new run as well', async () => {
    const host = 'paused.example';
    const listed = async () => {
      const { body } = await system.api().get('/destinations').expect(200);
      return (body as { data: { host: string; state: string }[] }).data.find((each) => each.host === host)
        ?.state;
    };
    await system.api().post(`/destinations/${host}/pause`).expect(202);
    await waitUntil('it is paused', async () => (await listed()) === 'paused');
    const workflowId = await destinationWorkflowId('default', host);
    const query = `WorkflowId = '${workflowId}' AND ExecutionStatus = 'ContinuedAsNew'`;
    await waitUntil('it has gone on in a new run', async () => {
      await system.api().post(`/destinations/${host}/pause`).expect(202);
      return (await client.workflow.count(query)).count > 0;
    });
    await waitUntil('that is listed as paused', async () => (await listed()) === 'paused');
  });

  /** How often a workflow of these timers was continued as new. */
  async function runsOf(ids: string[]): Promise<number> {
    const workflowIds = [
      ...new Set(ids.map((id) => timersWorkflowId('default', decodeTimerId(id)?.groupKey ?? ''))),
    ];
    const query = "ExecutionStatus = 'ContinuedAsNew'";
    return waitUntil('a run was continued', async () => {
      let runs = 0;
      for await (const { workflowId } of client.workflow.list({ query }))
        if (workflowIds.includes(workflowId)) runs++;
      return runs > 0 && runs;
    });
  }
});
