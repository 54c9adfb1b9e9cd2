import { asyncLocalStorage } from '@temporalio/activity';
import type { Context } from '@temporalio/activity';
import { defaultDataConverter } from '@temporalio/common';
import { describe, expect, it } from '@jest/globals';
import type { BookingMail, BookingMailOutcome } from '#contracts/booking.js';
import { createLogger } from '#observability/logger.js';
import { LeaseLost } from '../lease/lease.js';
import { BookingActivities } from './booking.activities.js';
import type { BookingEvents } from './booking-events.js';
import type { BookingMailer, MailTry } from './booking-mailer.js';

const GRPC_NOT_FOUND = 5;
const logger = createLogger({ name: 'test', level: 'fatal', format: 'json' });

/** Runs the activity where the engine answers heartbeats so; the mailer does what is given. */
async function send(
  heartbeat: () => Promise<unknown>,
  mailer: (attempt: MailTry) => Promise<BookingMailOutcome>,
): Promise<BookingMailOutcome> {
  const activities = new BookingActivities(
    { send: (_mail: BookingMail, attempt: MailTry) => mailer(attempt) } as BookingMailer,
    {} as BookingEvents,
    logger,
  );
  const context = {
    info: { taskToken: new Uint8Array() },
    client: {
      options: { namespace: 'test', identity: 'test', loadedDataConverter: defaultDataConverter },
      withDeadline: (_deadline: number, call: () => Promise<unknown>) => call(),
      workflowService: { recordActivityTaskHeartbeat: heartbeat },
    },
    heartbeat: () => undefined,
    cancellationSignal: new AbortController().signal,
  };
  return asyncLocalStorage.run(context as unknown as Context, () =>
    activities.sendBookingMail({} as BookingMail),
  );
}

describe('The task to send a mail of a booking', () => {
  const gone = () => Promise.reject(Object.assign(new Error('gone'), { code: GRPC_NOT_FOUND }));

  it('is not begun where the engine has given it to another worker meanwhile', async () => {
    let begun = false;
    const mailer = () => {
      begun = true;
      return Promise.resolve({ status: 'sent' as const });
    };
    await expect(send(gone, mailer)).rejects.toThrow(LeaseLost);
    expect(begun).toBe(false);
  });

  it('is given up where it is lost while the mail waits for its turn', async () => {
    let beats = 0;
    const heartbeat = () => (++beats === 1 ? Promise.resolve({ cancelRequested: false }) : gone());
    const mailer = async ({ over, mayBegin }: MailTry): Promise<BookingMailOutcome> => {
      await new Promise((resolve) => over.addEventListener('abort', resolve));
      return { status: (await mayBegin()) ? 'sent' : 'retry' };
    };
    await expect(send(heartbeat, mailer)).resolves.toEqual({ status: 'retry' });
  });

  it('is done while the engine confirms it', async () => {
    const mailer = async ({ mayBegin }: MailTry): Promise<BookingMailOutcome> => ({
      status: (await mayBegin()) ? 'sent' : 'retry',
    });
    const heartbeat = () => Promise.resolve({ cancelRequested: false });
    await expect(send(heartbeat, mailer)).resolves.toEqual({ status: 'sent' });
  });
});
