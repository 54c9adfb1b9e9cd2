import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { withinHorizon } from '#jobs/new-job.js';
import type { JobType } from './define-job.js';
import { InvalidJobType } from './define-job.js';

/** A job type that this worker does not have: another one may, or a newer build. */
export class UnknownJobType extends Error {
  override readonly name = 'UnknownJobType';
}

/** The job types that this worker has, by name. */
export class JobTypes {
  private readonly byName: ReadonlyMap<string, JobType>;

  /** No job of them lives longer than `horizonMs`. Throws `InvalidJobType` if two have the same name. */
  constructor(types: readonly JobType[], horizonMs = Infinity) {
    const byName = new Map(types.map((type) => [type.name, type]));
    const repeated = types.find((type) => byName.get(type.name) !== type);
    if (repeated) throw new InvalidJobType(`two job types are called ${repeated.name}`);
    this.byName = new Map(
      [...byName].map(([name, type]) => [name, { ...type, record: withinHorizon(type.record, horizonMs) }]),
    );
  }

  get all(): JobType[] {
    return [...this.byName.values()];
  }

  /** Task queues that groups of these types have of their own, and that are served here. */
  get taskQueues(): string[] {
    const groups = this.all.flatMap(({ record }) => record.groups);
    return [
      ...new Set(groups.flatMap(({ taskQueue, activity }) => (taskQueue && !activity ? [taskQueue] : []))),
    ];
  }

  /** Throws `UnknownJobType`. */
  get(name: string): JobType {
    const type = this.byName.get(name);
    if (!type) throw new UnknownJobType(`this worker has no job type ${name}`);
    return type;
  }
}

/** The job types that modules export as `jobTypes`. Throws `InvalidJobType` where one does not. */
export async function importJobTypes(paths: readonly string[]): Promise<JobType[]> {
  const types = await Promise.all(
    paths.map(async (path) => {
      const module = (await import(pathToFileURL(resolve(path)).href)) as { jobTypes?: JobType[] };
      if (!Array.isArray(module.jobTypes)) throw new InvalidJobType(`${path} exports no array jobTypes`);
      return module.jobTypes;
    }),
  );
  return types.flat();
}
