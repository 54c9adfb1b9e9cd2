import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { BlastClosed, BlastRecipients, UploadOvertaken } from '#database/blast-recipients.js';
import type { NewRecipient } from '#database/blast-listing.js';
import type { StoredBlast } from '#database/blasts.js';
import { OUTCOME_COLUMNS, readRecipient, recipientOfRow } from '#messages/recipient-record.js';
import { csvRow } from '../http/csv.js';
import { isTooDeep } from '../http/json-body.js';
import { keyReused } from '../http/idempotency-key.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import type { RecordStream } from '../http/record-stream.js';
import { shown } from '../http/validation.js';
import { activityAnswer, recipientAnswer } from './blast-answer.js';
import { ENDED, OPEN, wrongStatus } from './blast-changes.service.js';
import type { BlastRecipientDto, BlastRecipientPageDto, RecipientUploadDto } from './blast.dto.js';
import { BlastStarts } from './blast-starts.js';
import { BlastsService } from './blasts.service.js';
import { BulkDatabase } from './bulk-database.js';
import type { ListRecipientsQuery } from './list-blasts.dto.js';
import { recipientPreview } from './recipient-preview.js';
import type { RecipientPreviewDto } from './recipient-preview.dto.js';
import type { RecipientActivitiesDto } from './recipient-activity.dto.js';
import type { Resolution } from './resolve-recipients.dto.js';

const PLACE = /^\d{1,15}$/;
const EXPORT_PAGE = 1_000;
const ACTIVITY_SHOWN = 100;
const [NUMBER, ...OUTCOME] = OUTCOME_COLUMNS;
/** What an export says of a recipient; `address` is called `url` for webhooks, as in uploads. */
const COLUMNS = [NUMBER, 'address', ...OUTCOME, 'timezone', 'dedupe_key', 'data'] as const;
/** Where a message goes, as uploads and exports call it. */
const DESTINATION = { email: 'address', webhook: 'url' } as const;

export interface Upload {
  upload: RecipientUploadDto;
  /** It had been stored before, by the same request with the same key. */
  replayed: boolean;
}

/** Who gets a blast, and what came of each. */
@Injectable()
export class BlastRecipientsService {
  constructor(
    private readonly blasts: BlastsService,
    private readonly starts: BlastStarts,
    private readonly bulk: BulkDatabase,
  ) {}

  /** All lines or none; with a key once, however often the same is sent. */
  async upload(tenant: string, id: string, records: RecordStream, key?: string): Promise<Upload> {
    const blast = await this.blasts.find(tenant, id);
    const replay = await this.replay(id, key, records);
    if (replay) return replay;
    if (!OPEN.includes(blast.status)) throw closed(blast);
    const request = key === undefined ? undefined : { key, bodyDigest: () => records.digest() };
    try {
      const uploads = new BlastRecipients(this.bulk.uploads);
      const accepted = await uploads.upload(id, recipientsIn(records, blast), {
        ...{ from: OPEN, request },
      });
      return { upload: { accepted }, replayed: false };
    } catch (error) {
      const overtaking = error instanceof UploadOvertaken && (await this.replay(id, key, records));
      if (overtaking) return overtaking;
      if (!(error instanceof BlastClosed)) throw error;
      throw closed(await this.blasts.find(tenant, id));
    }
  }

  /** Of the upload that came with this key before: undefined if none did. Throws 422 if that had another body. */
  private async replay(
    id: string,
    key: string | undefined,
    records: RecordStream,
  ): Promise<Upload | undefined> {
    const before = key === undefined ? undefined : await this.recipients.uploaded(id, key);
    if (!before) return undefined;
    const { accepted, bodyDigest } = before;
    if (bodyDigest && !bodyDigest.equals(await records.digest())) throw keyReused('for this blast');
    return { upload: { accepted }, replayed: true };
  }

  async list(tenant: string, id: string, query: ListRecipientsQuery): Promise<BlastRecipientPageDto> {
    const { status, address, limit, cursor } = query;
    await this.blasts.find(tenant, id);
    const after = cursor === undefined ? 0 : Number(keyOfCursor(cursor, PLACE));
    const rows = await this.recipients.page(id, { statuses: status, address, after, limit: limit + 1 });
    return pageOf(rows, limit, ({ seq }) => String(seq), recipientAnswer);
  }

  async get(tenant: string, id: string, n: number): Promise<BlastRecipientDto> {
    await this.blasts.find(tenant, id);
    const found = await this.recipients.find(id, n);
    if (!found) throw unknownRecipient(id, n);
    return recipientAnswer(found);
  }

  async activity(tenant: string, id: string, n: number): Promise<RecipientActivitiesDto> {
    await this.blasts.find(tenant, id);
    const found = await this.recipients.activity(id, n, ACTIVITY_SHOWN);
    if (!found) throw unknownRecipient(id, n);
    return activityAnswer(found);
  }

  async preview(tenant: string, id: string, n: number): Promise<RecipientPreviewDto> {
    const blast = await this.blasts.find(tenant, id);
    const found = await this.recipients.find(id, n);
    if (!found) throw unknownRecipient(id, n);
    return recipientPreview(this.blasts.contentOf(blast), found);
  }

  /** CSV, however many there are, which can be uploaded again. */
  async export(tenant: string, id: string, statuses: string[] | undefined): Promise<Readable> {
    const { channel } = await this.blasts.find(tenant, id);
    return Readable.from(this.rows(id, DESTINATION[channel], statuses));
  }

  /** How many were uncertain, and are not any more. */
  async resolve(tenant: string, id: string, as: Resolution, n?: number): Promise<number> {
    const { status } = await this.blasts.find(tenant, id);
    if (status === 'draft') throw wrongStatus(id, status, 'has nobody who is uncertain');
    if (status === 'ending') throw wrongStatus(id, status, 'is to be asked again when it has ended');
    const resend = as === 'resend';
    const resolved = await this.recipients.resolve(id, { seq: n, resend, ended: ENDED });
    if (resend) await this.starts.poke({ tenant, id });
    if (n === undefined || resolved > 0) return resolved;
    if (!(await this.recipients.find(id, n))) throw unknownRecipient(id, n);
    throw wrongStatus(id, status, `its recipient ${n} is not uncertain`);
  }

  private async *rows(
    id: string,
    destination: string,
    statuses: string[] | undefined,
  ): AsyncGenerator<string> {
    yield csvRow(COLUMNS.map((column) => (column === 'address' ? destination : column)));
    for (let after = 0; ;) {
      const rows = await this.recipients.page(id, { statuses, after, limit: EXPORT_PAGE });
      yield rows.map((row) => csvRow(cells(recipientAnswer(row)))).join('');
      const last = rows.at(-1);
      if (!last || rows.length < EXPORT_PAGE) return;
      after = last.seq;
    }
  }

  private get recipients(): BlastRecipients {
    return new BlastRecipients(this.bulk.database);
  }
}

/** Throws a problem where a line is wrong, or there is none. */
async function* recipientsIn(
  records: RecordStream,
  { channel, content }: StoredBlast,
): AsyncGenerator<NewRecipient> {
  const hasUrl = (content as { webhook?: { url?: string } }).webhook?.url !== undefined;
  const wanted = DESTINATION[channel];
  let isFirst = true;
  for await (const each of records) {
    const { line } = each;
    if (each.problem !== undefined) throw wrongLine(line, each.problem);
    const { columns } = each;
    if (isFirst && columns && !hasUrl && !columns.includes(wanted))
      throw wrongLine(1, `must name a column ${wanted}, names ${shown(columns.join(', '))}`);
    isFirst = false;
    const { data } = each.record;
    if (columns && typeof data === 'string' && isTooDeep(data))
      throw wrongLine(line, 'has data that is nested too deep');
    const read = readRecipient(columns ? recipientOfRow(each.record, columns) : each.record, channel);
    if (typeof read === 'string') throw wrongLine(line, read);
    if (channel === 'webhook' && read.address === null && !hasUrl)
      throw wrongLine(line, 'has no url, and the blast has none either');
    yield read;
  }
  if (isFirst) throw noRecipients();
}

function noRecipients(): ProblemException {
  const detail =
    'The body has no recipients. NDJSON must have a JSON object in each line, CSV a row for each below the names of the columns.';
  return new ProblemException(400, 'malformed-body', detail);
}

function wrongLine(line: number, message: string): ProblemException {
  return invalid([{ field: `line ${line}`, message }]);
}

function closed({ id, status }: StoredBlast): ProblemException {
  return wrongStatus(id, status, 'takes no recipients any more');
}

function unknownRecipient(id: string, n: number): ProblemException {
  return new ProblemException(404, 'not-found', `Blast ${id} has no recipient ${n}.`);
}

function cells(recipient: BlastRecipientDto): string[] {
  return COLUMNS.map((column) => {
    const value = recipient[column];
    if (value === null) return '';
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
  });
}
