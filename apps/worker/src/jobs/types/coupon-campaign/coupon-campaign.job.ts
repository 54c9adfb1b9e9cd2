import { eq } from 'drizzle-orm';
import { tenants } from '#database/schema.js';
import { defineJob, FinalError, Type } from '../../index.js';
import type { InputOf, StepContext } from '../../index.js';
import { pageOfUsers } from './accounts.js';
import { couponBatch } from './coupon-batch.job.js';

/** Unless the input says otherwise. */
const PAGE_SIZE = 500;
/** Pages are read for so long, then another job goes on. */
const TIME_LIMIT_MS = 5_000;
/** Nor does one job have more of them: what a group leaves behind must stay small. */
const MAX_PAGES = 20;

const input = Type.Object(
  {
    campaign: Type.String({
      pattern: '^[\\w.-]{1,60}$',
      description:
        'Name of the campaign. An account gets one coupon of each name, however often it is started.',
    }),
    notify_url: Type.String({ format: 'uri', maxLength: 2048, description: 'Gets a POST for each coupon.' }),
    amount_cents: Type.Integer({
      minimum: 1,
      description: 'What a coupon adds to the credit of an account.',
    }),
    page_size: Type.Optional(
      Type.Integer({ minimum: 1, maximum: 1000, default: PAGE_SIZE, description: 'Users in one batch.' }),
    ),
    offset: Type.Optional(
      Type.Integer({ minimum: 0, default: 0, description: 'Begins after the user with this id.' }),
    ),
  },
  { additionalProperties: false },
);

type Campaign = InputOf<typeof input>;

/** Gives a coupon to every user of the tenant: splits them into pages, and has a batch do each. */
export const couponCampaign = defineJob({
  name: 'coupon-campaign',
  description: 'Example: gives a coupon to every user of the tenant, and notifies each.',
  input,
  groups: [{ name: 'pages', steps: [requireActiveTenant, enqueuePages], retry: { maxAttempts: 20 } }],
});

async function requireActiveTenant({ database, job }: StepContext<Campaign>): Promise<void> {
  if (job.tenant === null) throw new FinalError('a campaign is for the users of one tenant');
  const [tenant] = await database.select().from(tenants).where(eq(tenants.id, job.tenant));
  if (!tenant || tenant.disabledAt) throw new FinalError(`tenant ${job.tenant} is not active`);
}

// The key of a batch says what is to be done, so that a campaign that is started again, or twice at once, goes over all pages
// and enqueues no batch anew. Where a page begins and ends is in it: one that users were added to since, or a bigger one,
// reaches further. Coupons and notifications are once for each user all the same; only the totals count those twice who
// were on both.
async function enqueuePages(context: StepContext<Campaign>): Promise<void> {
  const { campaign, notify_url, amount_cents, page_size = PAGE_SIZE } = context.input;
  const endsMs = performance.now() + TIME_LIMIT_MS;
  let { offset = 0 } = context.input;
  for (let page = 0; page < MAX_PAGES && performance.now() < endsMs; page++) {
    const users = await pageOfUsers(context, { after: offset, limit: page_size });
    const [first, last] = [users[0], users.at(-1)];
    if (first === undefined || last === undefined) return;
    const batch = { campaign, notify_url, amount_cents, users };
    context.enqueue(couponBatch, batch, { key: `${campaign}:${first}-${last}` });
    offset = last;
  }
  context.enqueue(couponCampaign, { ...context.input, offset });
}
