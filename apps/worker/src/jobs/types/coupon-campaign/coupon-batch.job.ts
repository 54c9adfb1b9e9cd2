import { defineJob, Type } from '../../index.js';
import type { InputOf, StepContext } from '../../index.js';
import { couponsOf, giveCoupons, markNotified } from './accounts.js';
import type { Coupon } from './accounts.js';
import { campaignResult } from './campaign-result.js';

/** Notifications under way at a time, and how many may go out again when a worker is lost. */
const NOTIFIED_AT_A_TIME = 25;
const NOTIFY_TIMEOUT_MS = 10_000;

const input = Type.Object(
  {
    campaign: Type.String(),
    notify_url: Type.String(),
    amount_cents: Type.Integer(),
    users: Type.Array(Type.Integer(), { description: 'Their ids.' }),
  },
  { additionalProperties: false },
);

type Batch = InputOf<typeof input>;

/** Gives a coupon to each user of one page, then notifies them. */
export const couponBatch = defineJob({
  name: 'coupon-batch',
  description: 'Example: gives a coupon to each user of one page of a campaign, and notifies each.',
  input,
  groups: [
    // A group of its own, so that no notification that fails has it done again.
    { name: 'coupons', steps: [applyCoupons], retry: { maxAttempts: 20 } },
    { name: 'notifications', steps: [notifyEach, pushTotal], retry: { maxAttempts: 20 } },
  ],
});

async function applyCoupons(context: StepContext<Batch>): Promise<void> {
  await giveCoupons(context, context.input);
  const coupons = await couponsOf(context);
  context.add(campaignResult, { coupons: coupons.length }, { of: context.input.campaign });
}

// Who was notified is written down at once, so that a try after this one notifies the rest.
async function notifyEach(context: StepContext<Batch>): Promise<void> {
  const waiting = (await couponsOf(context)).filter(({ notified }) => !notified);
  for (let at = 0; at < waiting.length; at += NOTIFIED_AT_A_TIME) {
    context.signal.throwIfAborted();
    const coupons = waiting.slice(at, at + NOTIFIED_AT_A_TIME);
    const answers = await Promise.allSettled(coupons.map((coupon) => notify(context, coupon)));
    await markNotified(
      context,
      coupons.filter((_, index) => answers[index]?.status === 'fulfilled'),
    );
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed) throw failed.reason;
  }
}

async function notify(context: StepContext<Batch>, { user, email }: Coupon): Promise<void> {
  const { campaign, notify_url, amount_cents } = context.input;
  const { statusCode } = await context.call({
    url: notify_url,
    headers: { 'idempotency-key': `${campaign}:${user}` },
    body: { campaign, user, email, amount_cents },
    timeoutMs: NOTIFY_TIMEOUT_MS,
  });
  if (statusCode < 200 || statusCode > 299) throw new Error(`user ${user} was not notified: ${statusCode}`);
}

async function pushTotal(context: StepContext<Batch>): Promise<void> {
  const notified = (await couponsOf(context)).filter((coupon) => coupon.notified).length;
  context.add(campaignResult, { notified }, { of: context.input.campaign });
}
