import { TENANT_ID } from '#contracts/tenant.js';
import { MAX_OUTCOME_BYTES } from '#contracts/job.js';
import type { ChildJob, Contribution, GroupOutcome, GroupTask } from '#contracts/job.js';
import { childId } from './child-id.js';
import type { JobType } from './define-job.js';
import type { ResultType } from './define-result.js';
import { assertValid, compileSchema, InvalidInput } from './input.js';
import type { JsonSchema } from './input.js';
import { assertStorable } from './storable.js';
import type { EnqueueOptions } from './step-context.js';

const MAX_KEY_LENGTH = 255;
const OF = /^[\w.-]{1,100}$/;

/** Collects what a try of a group wants to have done; it counts only if the group ends well. */
export class Accumulator {
  /** By id: one with a key may be enqueued more than once. */
  private readonly children = new Map<string, ChildJob>();
  private readonly contributions = new Map<string, Contribution>();
  private closed = false;

  constructor(private readonly task: GroupTask) {}

  enqueue(type: JobType, input: unknown, { scope, tenant, key }: EnqueueOptions = {}): string {
    this.assertOpen();
    const what = `input of ${type.name}`;
    assertValid(compileSchema(type.input), input, what);
    if (key !== undefined && (key.length === 0 || key.length > MAX_KEY_LENGTH)) {
      throw new InvalidInput(
        `key of ${type.name} must be 1 to ${MAX_KEY_LENGTH} characters, got ${key.length}`,
      );
    }
    const owner = this.ownerOf(type, scope, tenant);
    const child = { type: type.name, tenant: owner, ...(key !== undefined && { key }) };
    const id = childId(this.task, this.children.size, child);
    if (!this.children.has(id)) this.children.set(id, { id, ...child, input });
    return id;
  }

  add(
    { name, counters, lists }: ResultType<string, Record<string, JsonSchema>>,
    amounts: Record<string, unknown>,
    { of }: { of?: string } = {},
  ): void {
    this.assertOpen();
    if (of !== undefined && !OF.test(of))
      throw new InvalidInput(`result ${name} of "${of}": 1 to 100 letters, digits, -, _ or .`);
    const result = of === undefined ? name : `${name}:${of}`;
    const sum = this.contributions.get(result) ?? { result };
    this.contributions.set(result, sum);
    for (const [field, amount] of Object.entries(amounts)) {
      const schema = lists[field];
      if (schema && Array.isArray(amount)) {
        const validate = compileSchema(schema);
        for (const item of amount) assertValid(validate, item, `item of ${result}.${field}`);
        assertStorable(amount, `${result}.${field}`);
        sum.lists = { ...sum.lists, [field]: [...(sum.lists?.[field] ?? []), ...(amount as unknown[])] };
      } else if (counters.includes(field) && Number.isSafeInteger(amount)) {
        const before = Object.entries(sum.counters ?? {}).find(([counter]) => counter === field)?.[1] ?? 0;
        sum.counters = { ...sum.counters, [field]: before + (amount as number) };
      } else {
        throw new InvalidInput(`result ${name} has no counter or list ${field} that takes ${typeof amount}`);
      }
    }
  }

  /** All of it; nothing can be added any more. Throws `InvalidInput` if it is more than the engine takes. */
  close(data: unknown): GroupOutcome {
    this.closed = true;
    const outcome: GroupOutcome = {
      ...(data !== undefined && { data }),
      ...(this.children.size > 0 && { children: [...this.children.values()] }),
      ...(this.contributions.size > 0 && { contributions: [...this.contributions.values()] }),
    };
    // A job carries its data and its input along together.
    const bytes = bytesOf(outcome) + (data === undefined ? 0 : bytesOf(this.task.input));
    if (bytes <= MAX_OUTCOME_BYTES) return outcome;
    throw new InvalidInput(
      `what group ${this.task.group} leaves behind, with the input of the job, has ${bytes} bytes, ` +
        `${MAX_OUTCOME_BYTES} are allowed: have another job do the rest`,
    );
  }

  private ownerOf(type: JobType, scope: EnqueueOptions['scope'], tenant?: string): string | null {
    if (tenant !== undefined && !TENANT_ID.test(tenant)) {
      throw new InvalidInput(
        `${type.name} is enqueued for "${tenant.slice(0, 40)}": no tenant can be called so`,
      );
    }
    const own = this.task.job.tenant;
    if (scope === 'global') return null;
    if (scope === undefined) return tenant ?? own;
    if (tenant ?? own) return tenant ?? own;
    throw new InvalidInput(
      `${type.name} is enqueued for a tenant, and ${this.task.job.id} has none: name it`,
    );
  }

  private assertOpen(): void {
    if (this.closed)
      throw new InvalidInput(`group ${this.task.group} is over: a step has gone on after its end`);
  }
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}
