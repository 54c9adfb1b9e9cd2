import { Readable } from 'node:stream';
import { Injectable, Optional } from '@nestjs/common';
import { Database } from '#database/database.js';
import { Suppressions } from '#database/suppressions.js';
import type { StoredSuppression } from '#database/suppressions.js';
import { normalizeAddress } from '#messages/email-address.js';
import { csvRow } from '../http/csv.js';
import { needsDatabase } from '../http/needs-database.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import { ProblemException } from '../http/problem.exception.js';
import type { RecordLine } from '../http/record-line.js';
import { importSuppressions } from './suppression-import.js';
import type {
  CreateSuppressionDto,
  ListSuppressionsQuery,
  SuppressionDto,
  SuppressionImportDto,
  SuppressionPageDto,
} from './suppressions.dto.js';

const EXPORTED_AT_A_TIME = 1_000;
/** Where a page ends: an address. */
const PLACE = /^[^\0]{1,252}@[^\0]{1,252}$/;

/** Keeps the addresses that a tenant sends nothing to. */
@Injectable()
export class SuppressionsService {
  private readonly suppressions?: Suppressions;

  constructor(@Optional() database?: Database) {
    if (database) this.suppressions = new Suppressions(database);
  }

  async list(tenant: string, { reason, limit, cursor }: ListSuppressionsQuery): Promise<SuppressionPageDto> {
    const after = cursor === undefined ? undefined : keyOfCursor(cursor, PLACE);
    const rows = await this.stored.list(tenant, { reason, after, limit: limit + 1 });
    return pageOf(rows, limit, ({ address }) => address, suppressionDto);
  }

  async get(tenant: string, address: string): Promise<SuppressionDto> {
    const found = await this.stored.find(tenant, storable(address));
    if (!found) throw notListed();
    return suppressionDto(found);
  }

  /** One that is on the list already stays as it is, unless it takes the place of a bounce. */
  async create(
    tenant: string,
    { address: written, reason, detail }: CreateSuppressionDto,
  ): Promise<{ suppression: SuppressionDto; isNew: boolean }> {
    const address = normalizeAddress(written);
    const isNew = await this.stored.add({ tenant, address, reason, detail: detail ?? null });
    return { suppression: await this.get(tenant, address), isNew };
  }

  async remove(tenant: string, address: string): Promise<void> {
    if (!(await this.stored.remove(tenant, storable(address)))) throw notListed();
  }

  import(tenant: string, lines: AsyncIterable<RecordLine>): Promise<SuppressionImportDto> {
    return importSuppressions(this.stored, tenant, lines);
  }

  /** CSV as it is read from the database, so that memory stays the same whatever there is. */
  async export(tenant: string): Promise<Readable> {
    const pages = this.pages(tenant);
    // Before the answer begins, while it can still be a problem.
    const first = await pages.next();
    return Readable.from(csvOf(first, pages), { objectMode: false });
  }

  private async *pages(tenant: string): AsyncGenerator<StoredSuppression[], undefined> {
    for (let after: string | undefined; ;) {
      const page = await this.stored.list(tenant, { after, limit: EXPORTED_AT_A_TIME });
      yield page;
      after = page.at(-1)?.address;
      if (page.length < EXPORTED_AT_A_TIME) return;
    }
  }

  private get stored(): Suppressions {
    if (!this.suppressions) throw needsDatabase('Suppressions');
    return this.suppressions;
  }
}

async function* csvOf(
  first: IteratorResult<StoredSuppression[], undefined>,
  rest: AsyncGenerator<StoredSuppression[], undefined>,
): AsyncGenerator<string> {
  yield csvRow(['address', 'reason', 'detail', 'created_at']);
  for (let page = first; !page.done; page = await rest.next()) {
    const rows = page.value.map(({ address, reason, detail, createdAt }) =>
      csvRow([address, reason, detail ?? '', createdAt.toISOString()]),
    );
    yield rows.join('');
  }
}

// No address has NUL in it, and the database does not take one.
function storable(address: string): string {
  return normalizeAddress(address).replaceAll('\0', ' ');
}

function notListed(): ProblemException {
  return new ProblemException(404, 'not-found', 'The address is not on the suppression list.');
}

function suppressionDto({ address, reason, detail, createdAt }: StoredSuppression): SuppressionDto {
  return { address, reason, detail, created_at: createdAt.toISOString() };
}
