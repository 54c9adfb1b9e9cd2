import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { readVersion } from '#config/version.js';
import { bookingOptions } from '#contracts/booking-options.js';
import { BOOKING_WORKFLOW, cancelBooking, changeBooking, getBooking } from '#contracts/booking.js';
import type { Appointment, BookingInput } from '#contracts/booking.js';
import { createClient } from '#temporal/connection.js';
import { ROOT } from '../../scripts/paths.js';
import { waitUntil } from '../../scripts/wait-until.js';
import { Mailbox } from './mailbox.js';
import { System } from './system.js';

/** Takes bookings through all that can become of them, and stores the histories, which every later version must replay. */
const folder = join(ROOT, 'test/replay/histories', BOOKING_WORKFLOW);
const mailbox = await Mailbox.start();
const system = await System.start({
  ...{ topology: 'embedded', env: { SMTP_URL: mailbox.url } },
  dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': '40' },
});
const connectionOptions = { address: system.engine.address };
const client = createClient({ connectionOptions, namespace: 'default' }, 'record');

const lived = await start('lived', {
  startsMs: Date.now() + 6_000,
  attendees: [{ email: 'gone@example.com' }],
});
await move(lived, 1_000);
await record('lived', lived.workflowId);

const moved = await start('moved', { notices: { remindersMs: [], followUpMs: null } });
// As often as it takes for another run.
for (let byMs = 1; byMs <= 4; byMs++) {
  await move(moved, byMs * 60_000);
  const { sequence } = (await moved.query(getBooking)).record;
  await waitUntil('it is told', async () => {
    const { attendees } = await moved.query(getBooking);
    return attendees[0]?.notices.some((notice) => notice.sequence === sequence && notice.status === 'sent');
  });
}
await moved.executeUpdate(cancelBooking, { args: [{}] });
await record('moved-and-cancelled', moved.workflowId);

let refusals = 1;
mailbox.onMail = () => Promise.resolve(refusals-- > 0 ? '451 4.3.0 try later' : undefined);
const retried = await start('retried', {});
await waitUntil('it is told', async () =>
  (await retried.query(getBooking)).attendees[0]?.notices.some(({ status }) => status === 'sent'),
);
await retried.cancel();
await record('retried-and-cancelled-by-operator', retried.workflowId);

await client.connection.close();
await system.stop();
await mailbox.stop();

async function start(id: string, more: Partial<Appointment>) {
  const startsMs = more.startsMs ?? Date.now() + 3 * 86_400_000;
  const input: BookingInput = {
    ...{ id, tenant: 'default', createdMs: Date.now(), settings: { settleMs: 200, changeableMs: 1_000 } },
    appointment: {
      ...{ title: 'Recorded', startsMs, endsMs: startsMs + 1_000, timezone: 'Europe/Berlin' },
      ...{ organizer: { email: 'shop@example.com' }, notices: { remindersMs: [2_000], followUpMs: 500 } },
      attendees: [],
      ...more,
    },
  };
  input.appointment.attendees = [{ email: 'ada@example.com' }, ...input.appointment.attendees];
  return client.workflow.start(BOOKING_WORKFLOW, bookingOptions(input));
}

async function move(handle: Awaited<ReturnType<typeof start>>, byMs: number): Promise<void> {
  const { version, appointment } = (await handle.query(getBooking)).record;
  const { startsMs, endsMs } = appointment;
  const change = {
    basedOn: version,
    appointment: { ...appointment, startsMs: startsMs + byMs, endsMs: endsMs + byMs },
  };
  await handle.executeUpdate(changeBooking, { args: [change] });
}

/** All of its runs, when it is over: where there are more than one, with their numbers. */
async function record(name: string, workflowId: string): Promise<void> {
  await client.workflow.getHandle(workflowId).result();
  const histories: History[] = [];
  for (let runId: string | undefined; runId !== '';) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories.unshift(history);
    runId = history.events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId ?? '';
  }
  mkdirSync(folder, { recursive: true });
  histories.forEach((history, run) => {
    const file = `${readVersion()}-${name}${histories.length > 1 ? `-${run + 1}` : ''}.json`;
    const json = JSON.stringify(JSON.parse(historyToJSON(history)), null, 1);
    // Failures name the files that they come from.
    writeFileSync(join(folder, file), `${json.replaceAll(ROOT, '.')}\n`);
  });
}
