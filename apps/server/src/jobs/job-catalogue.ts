import { Injectable, Optional } from '@nestjs/common';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { ErrorObject, ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { JobTypeRecord } from '#contracts/job-plan.js';
import { Database } from '#database/database.js';
import { JobRecords } from '#database/job-records.js';
import type { FieldError } from '../http/problem.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { Logger } from '#observability/logger.js';
import { jobsNeedDatabase } from './jobs-need-database.js';

/** So long a server goes by what it has read. */
const FRESH_MS = 2_000;
const MAX_ERRORS = 20;

interface JobType {
  record: JobTypeRecord;
  validate: ValidateFunction;
}

/** By name. One whose input nobody can check is as good as not there; the others are none the worse. */
export function usableTypes(
  stored: readonly { name: string; record: unknown }[],
  unusable: (name: string, error: Error) => void,
): Map<string, JobType> {
  const types = new Map<string, JobType>();
  for (const { name, record } of stored) {
    // One of its own: schemas of two types may have the same `$id`.
    const ajv = new Ajv2020({ allErrors: true, strict: false });
    addFormats.default(ajv);
    const type = record as JobTypeRecord;
    try {
      types.set(name, { record: type, validate: ajv.compile(type.inputSchema) });
    } catch (error) {
      unusable(name, error as Error);
    }
  }
  return types;
}

/** The job types that workers have published. */
@Injectable()
export class JobCatalogue {
  private types = new Map<string, JobType>();
  private readMs = -Infinity;

  constructor(
    private readonly logger: Logger,
    @Optional() private readonly database?: Database,
  ) {}

  async all(): Promise<JobTypeRecord[]> {
    return [...(await this.read()).values()].map(({ record }) => record);
  }

  /** Undefined if no worker has published it. */
  async find(name: string): Promise<JobTypeRecord | undefined> {
    return (await this.read()).get(name)?.record;
  }

  /**
   * The type with this name. Throws a problem if there is none, or if the input is not as it wants it. `path` is where the
   * two stand in the body.
   */
  async accept(name: string, input: unknown, path = ''): Promise<JobTypeRecord> {
    const type = (await this.read()).get(name);
    if (!type) {
      const detail = `No worker has a job type ${JSON.stringify(name)}; GET /job-types lists those there are.`;
      const errors = [{ field: `${path}type`, message: 'must be the name of a job type' }];
      throw new ProblemException(422, 'unknown-job-type', detail, { errors });
    }
    const { record, validate } = type;
    if (!validate(input))
      throw invalid((validate.errors ?? []).slice(0, MAX_ERRORS).map(fieldError(`${path}input`)));
    return record;
  }

  private async read(): Promise<Map<string, JobType>> {
    if (!this.database) throw jobsNeedDatabase();
    if (performance.now() - this.readMs < FRESH_MS) return this.types;
    const stored = await new JobRecords(this.database).types();
    this.types = usableTypes(stored, (name, { message }) => {
      this.logger.warn(
        { type: name, error: message },
        'A job type cannot be used: its input schema cannot be read',
      );
    });
    this.readMs = performance.now();
    return this.types;
  }
}

function fieldError(path: string): (error: ErrorObject) => FieldError {
  return ({ instancePath, message = 'is wrong', params }) => {
    const { additionalProperty } = params as { additionalProperty?: string };
    const field = `${path}${instancePath.replaceAll('/', '.')}`;
    if (additionalProperty === undefined) return { field, message };
    return { field: `${field}.${additionalProperty.slice(0, 80)}`, message: 'is not a known property' };
  };
}
