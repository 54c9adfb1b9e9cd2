import { Injectable, Optional } from '@nestjs/common';
import { GLOBAL } from '#contracts/job.js';
import { Database } from '#database/database.js';
import { Results } from '#database/results.js';
import type { StoredResult } from '#database/results.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import { ProblemException } from '../http/problem.exception.js';
import { jobsNeedDatabase } from '../jobs/jobs-need-database.js';
import type { ListItemsQuery, ResultDto, ResultItemPageDto } from './results.dto.js';

/** Where a page ends: the number of an item. */
const PLACE = /^\d{1,15}$/;

/** Whose result, and which. */
export interface ResultKey {
  /** Null: of global jobs. */
  owner: string | null;
  name: string;
}

/** Shows what jobs have added up, as far as they have come. */
@Injectable()
export class ResultsService {
  private readonly results?: Results;

  constructor(@Optional() database?: Database) {
    if (database) this.results = new Results(database);
  }

  async get(key: ResultKey): Promise<ResultDto> {
    return resultDto(await this.find(key));
  }

  /** One that has no items yet is empty. */
  async items(key: ResultKey, list: string, { limit, cursor }: ListItemsQuery): Promise<ResultItemPageDto> {
    const after = cursor === undefined ? 0 : Number(keyOfCursor(cursor, PLACE));
    const { name } = await this.find(key);
    const place = { tenant: key.owner ?? GLOBAL, name, list };
    const rows = await this.stored.items(place, { after, limit: limit + 1 });
    return pageOf(
      rows,
      limit,
      ({ id }) => String(id),
      ({ item }) => item,
    );
  }

  async remove({ owner, name }: ResultKey): Promise<void> {
    await this.stored.remove(owner ?? GLOBAL, [name]);
  }

  private async find({ owner, name }: ResultKey): Promise<StoredResult> {
    const found = await this.stored.find(owner ?? GLOBAL, name);
    if (!found) throw new ProblemException(404, 'not-found', `There is no result ${name}.`);
    return found;
  }

  private get stored(): Results {
    if (!this.results) throw jobsNeedDatabase();
    return this.results;
  }
}

function resultDto({ name, counters, lists, contributions, createdAt, updatedAt }: StoredResult): ResultDto {
  return {
    ...{ name, counters, contributions },
    lists: Object.fromEntries(Object.entries(lists).map(([list, total]) => [list, { total }])),
    created_at: createdAt.toISOString(),
    updated_at: updatedAt.toISOString(),
  };
}
