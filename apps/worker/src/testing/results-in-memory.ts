import type { Contribution } from '#contracts/job.js';

/** What jobs have added to an aggregated result. */
export interface ResultInMemory {
  counters: Record<string, number>;
  lists: Record<string, unknown[]>;
  contributions: number;
}

/** Aggregated results of the jobs of one test. */
export class ResultsInMemory {
  private readonly byName = new Map<string, ResultInMemory>();

  /** Of a tenant; null: of global work. Empty before something was added. */
  get(tenant: string | null, name: string): ResultInMemory {
    const key = JSON.stringify([tenant, name]);
    const result = this.byName.get(key) ?? { counters: {}, lists: {}, contributions: 0 };
    this.byName.set(key, result);
    return result;
  }

  add(tenant: string | null, { result: name, counters = {}, lists = {} }: Contribution): void {
    const result = this.get(tenant, name);
    result.contributions++;
    for (const [counter, amount] of Object.entries(counters))
      result.counters[counter] = (result.counters[counter] ?? 0) + amount;
    for (const [list, items] of Object.entries(lists))
      result.lists[list] = [...(result.lists[list] ?? []), ...items];
  }
}
