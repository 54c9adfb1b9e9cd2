import { defineJob, Type } from '../../apps/worker/src/jobs/index.js';

/** What the groups of a price report hand on, whatever language they are in. */
interface PriceData {
  prices: number[];
  /** By Python: the median, and between what it most probably is. */
  summary?: { median: number; low: number; high: number };
  text?: string;
}

const Product = Type.String({ minLength: 1, maxLength: 100 });

/** Enqueued by Python for each price that is far away from the others. */
export const checkPrice = defineJob({
  name: 'check-price',
  description: 'Notes down that somebody should look at a price',
  input: Type.Object({ product: Product, price: Type.Number() }, { additionalProperties: false }),
  data: () => ({ note: '' }),
  showsData: true,
  groups: [
    {
      name: 'note',
      steps: [
        (ctx) => {
          ctx.data.note = `is ${ctx.input.price} a price of ${ctx.input.product}?`;
        },
      ],
    },
  ],
});

export const priceReport = defineJob({
  name: 'price-report',
  description: 'Sums up the prices of a product',
  input: Type.Object(
    {
      product: Product,
      prices: Type.Array(Type.Number(), { maxItems: 10_000 }),
      rounds: Type.Optional(
        Type.Integer({ minimum: 1, maximum: 10_000_000, description: 'More are slower and more exact' }),
      ),
    },
    { additionalProperties: false },
  ),
  data: ({ prices }): PriceData => ({ prices: [...prices] }),
  showsData: true,
  groups: [
    {
      name: 'clean',
      steps: [
        (ctx) => {
          ctx.data.prices = ctx.data.prices.filter((price) => price > 0).sort((one, other) => one - other);
        },
      ],
    },
    {
      name: 'summarize',
      activity: 'summarizePrices',
      taskQueue: 'python',
      timeoutMs: 300_000,
      heartbeatTimeoutMs: 5_000,
      retry: { maxAttempts: 4, initialDelayMs: 500 },
    },
    {
      name: 'report',
      steps: [
        (ctx) => {
          const { median, low, high } = ctx.data.summary ?? {};
          ctx.data.text = `${ctx.input.product}: ${median} (${low} to ${high})`;
        },
      ],
    },
  ],
});

export const jobTypes = [priceReport, checkPrice];
