import type { Suppression, Suppressions } from '#database/suppressions.js';
import { normalizeAddress } from '#messages/email-address.js';
import { ProblemException } from '../http/problem.exception.js';
import type { RecordLine } from '../http/record-line.js';
import { parseInstant } from '../http/rfc3339.js';
import { validated } from '../http/validation.js';
import { ImportedSuppressionDto } from './suppressions.dto.js';
import type { SuppressionImportDto } from './suppressions.dto.js';

const ROWS_AT_A_TIME = 1_000;
const MAX_INVALID_LINES = 20;

/**
 * Puts the addresses of a body on the list while it comes, so that memory stays the same whatever its length. A line that
 * is wrong is left out and told of. Sending the same body again is no harm.
 */
export async function importSuppressions(
  suppressions: Suppressions,
  tenant: string,
  lines: AsyncIterable<RecordLine>,
): Promise<SuppressionImportDto> {
  const outcome: SuppressionImportDto = { added: 0, known: 0, invalid: 0, invalid_lines: [] };
  let batch: Suppression[] = [];
  const store = async () => {
    const added = await suppressions.addAll(batch);
    outcome.added += added;
    outcome.known += batch.length - added;
    batch = [];
  };
  try {
    for await (const line of lines) {
      const read = await readLine(tenant, line);
      if (typeof read !== 'string') batch.push(read);
      else if (++outcome.invalid <= MAX_INVALID_LINES)
        outcome.invalid_lines.push({ line: line.line, message: read });
      if (batch.length >= ROWS_AT_A_TIME) await store();
    }
  } finally {
    // Also what came before a line that nothing can be read after.
    await store();
  }
  return outcome;
}

/** What is wrong with it, if something is. */
async function readLine(tenant: string, line: RecordLine): Promise<Suppression | string> {
  if (line.problem !== undefined) return line.problem;
  try {
    const dto = await validated(ImportedSuppressionDto, line.record);
    const { address, reason, detail = null, created_at } = dto;
    const createdMs = created_at === undefined ? undefined : parseInstant(created_at);
    if (createdMs !== undefined && (createdMs < 0 || createdMs > Date.now()))
      return `created_at must be from 1970 to now, got ${created_at}`;
    const createdAt = createdMs === undefined ? undefined : new Date(createdMs);
    return { tenant, address: normalizeAddress(address), reason, detail, createdAt };
  } catch (error) {
    if (error instanceof ProblemException) return error.message;
    throw error;
  }
}
