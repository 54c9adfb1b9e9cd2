import { Inject, Injectable } from '@nestjs/common';
import type { BlastTimes } from '#contracts/blast.js';
import type { BlastChanges, StatusChange } from '#database/blasts.js';
import { BlastRecipients } from '#database/blast-recipients.js';
import { Blasts } from '#database/blasts.js';
import { formatInstant } from '../http/rfc3339.js';
import { ProblemException } from '../http/problem.exception.js';
import type { BlastDto } from './blast.dto.js';
import { BlastStarts } from './blast-starts.js';
import { blastTimes, checkAhead, killTime, startsByItself, windowDto } from './blast-times.js';
import { BLASTS_SETTINGS } from './blasts.settings.js';
import type { BlastsSettings } from './blasts.settings.js';
import { BlastsService } from './blasts.service.js';
import { BulkDatabase } from './bulk-database.js';
import type { ChangeBlastDto, RetryBlastDto } from './change-blast.dto.js';

/** Before the list is made. */
export const OPEN = ['draft', 'scheduled'];
const AT_WORK = ['scheduled', 'listing', 'running'];
export const ENDED = ['finished', 'canceled', 'killed'];
const CHANGEABLE = [...OPEN, 'listing', 'running', 'paused'];
/** While nobody is being sent to. */
const AT_REST = [...OPEN, 'paused', ...ENDED];
/** What everybody gets. */
const CONTENT = ['email', 'webhook'] as const;
/** What says when it starts. */
const BEFORE_LIST = ['scheduled_at', 'timezone', 'window'] as const;
/** What holds from then on. */
const UNTIL_END = ['name', 'rate', 'parallelism', 'kill_at', 'max_failure_rate'] as const;

/** What clients do to blasts that are there. */
@Injectable()
export class BlastChangesService {
  constructor(
    private readonly blasts: BlastsService,
    private readonly starts: BlastStarts,
    @Inject(BLASTS_SETTINGS) private readonly settings: BlastsSettings,
    private readonly bulk: BulkDatabase,
  ) {}

  /** Changes what may be changed while it runs, and before its list is made also when it starts. */
  async change(tenant: string, id: string, body: ChangeBlastDto): Promise<BlastDto> {
    const { scheduled_at, timezone, window } = body;
    const found = await this.blasts.find(tenant, id);
    const changesTimes = asked(body, BEFORE_LIST).length > 0;
    const changesContent = asked(body, CONTENT).length > 0;
    const from = changeableIn(body);
    if (!from.includes(found.status)) throw wrongStatus(id, found.status, unchangeable(body));
    const bounds = { nowMs: Date.now(), horizonMs: this.settings.horizonMs };
    const before = found.times as BlastTimes;
    const at = before.local ?? (before.atMs === undefined ? undefined : formatInstant(before.atMs));
    const times = changesTimes
      ? blastTimes(
          {
            ...{ scheduled_at: scheduled_at ?? at, timezone: timezone ?? before.timezone },
            window: window === undefined ? before.window && windowDto(before.window) : window,
          },
          bounds,
        )
      : before;
    checkAhead(scheduled_at, times, bounds.nowMs);
    const kill = body.kill_at === undefined ? changesTimes && found.killAt?.toISOString() : body.kill_at;
    const killAt = kill ? killTime(kill, times, bounds) : null;
    const content = changesContent && (await this.blasts.content(tenant, found, body));
    const set: BlastChanges = {
      ...(content && { content }),
      ...(changesTimes && { times }),
      ...(body.name !== undefined && { name: body.name }),
      ...(body.rate !== undefined && { rate: body.rate }),
      ...(body.parallelism !== undefined && { parallelism: body.parallelism }),
      ...(body.max_failure_rate !== undefined && { maxFailureRate: body.max_failure_rate }),
      ...(body.kill_at !== undefined && { killAt }),
    };
    if (Object.keys(set).length > 0 && !(await this.blasts.blasts.change(tenant, id, from, set)))
      throw wrongStatus(id, (await this.blasts.find(tenant, id)).status, unchangeable(body));
    // One that says when it starts is no draft any more.
    if (scheduled_at !== undefined && startsByItself(times, bounds.nowMs)) {
      await this.blasts.blasts.move(tenant, id, {
        from: ['draft'],
        set: { status: 'scheduled' },
        newRun: true,
      });
    }
    return this.poked(tenant, id);
  }

  /** What was started before is so. One that would start by itself does not wait for its time. */
  async start(tenant: string, id: string): Promise<BlastDto> {
    const { status, source, killAt, times } = await this.blasts.find(tenant, id);
    const { atMs = 0, local, timezone, window } = times as BlastTimes;
    // A local time is when each gets it, whenever it is started.
    const waits = status === 'scheduled' && local === undefined && atMs > Date.now();
    const begins = status === 'draft' || waits;
    if (begins && killAt && killAt.getTime() <= Date.now())
      throw wrongStatus(id, status, `its kill_at has passed: change it first, by PATCH /blasts/${id}`);
    if (begins && !source && !(await this.hasRecipients(id)))
      throw wrongStatus(id, status, `has no recipients: upload them first, to POST /blasts/${id}/recipients`);
    if (waits) {
      const now = { times: { timezone, ...(window && { window }) } };
      await this.blasts.blasts.change(tenant, id, ['scheduled'], now);
    }
    const change = { from: ['draft'], set: { status: 'scheduled' }, newRun: true };
    return this.moved(tenant, id, change, { done: AT_WORK, problem: 'can not be started' });
  }

  async pause(tenant: string, id: string): Promise<BlastDto> {
    const set = { status: 'paused', reason: 'asked', detail: 'It was paused by a request.' };
    return this.moved(tenant, id, { from: AT_WORK, set }, { done: ['paused'], problem: 'can not be paused' });
  }

  async resume(tenant: string, id: string): Promise<BlastDto> {
    const { listedAt } = await this.blasts.find(tenant, id);
    const set = { status: listedAt ? 'running' : 'scheduled', reason: null, detail: null };
    return this.moved(
      tenant,
      id,
      { from: ['paused'], set },
      { done: AT_WORK, problem: 'can not be resumed' },
    );
  }

  async cancel(tenant: string, id: string): Promise<BlastDto> {
    const change = { from: [...AT_WORK, 'paused'], set: { status: 'ending', reason: null, detail: null } };
    return this.moved(tenant, id, change, { done: ['ending', 'canceled'], problem: 'can not be canceled' });
  }

  /** Those who have failed get it again, and nobody else. */
  async retry(tenant: string, id: string, { kill_at }: RetryBlastDto): Promise<BlastDto> {
    const found = await this.blasts.find(tenant, id);
    const from = [...ENDED, 'paused'];
    if (!from.includes(found.status)) throw wrongStatus(id, found.status, unretriable(found.status));
    const counts = await this.blasts.blasts.counts(id);
    if (!counts.failed) throw wrongStatus(id, found.status, 'has nobody who has failed');
    const bounds = { nowMs: Date.now(), horizonMs: this.settings.horizonMs };
    const kept = found.killAt && found.killAt.getTime() > bounds.nowMs ? found.killAt : null;
    const killAt = kill_at === undefined ? kept : killTime(kill_at, {}, bounds);
    const set = { status: 'scheduled', retrying: true, reason: null, detail: null, killAt };
    return this.moved(
      tenant,
      id,
      { from, set, newRun: true },
      { done: [], problem: 'can not be retried now' },
    );
  }

  /** With its recipients. */
  async remove(tenant: string, id: string): Promise<void> {
    const found = await this.blasts.find(tenant, id);
    // With a million recipients that takes longer than anything else that is asked of a server.
    const removed = await new Blasts(this.bulk.database).remove(tenant, id, ['draft', ...ENDED]);
    const before = found.status === 'ending' ? 'wait until it has ended' : 'cancel it first';
    if (!removed) throw wrongStatus(id, found.status, `can not be deleted: ${before}`);
  }

  private async hasRecipients(id: string): Promise<boolean> {
    const [first] = await new BlastRecipients(this.bulk.database).page(id, { after: 0, limit: 1 });
    return first !== undefined;
  }

  /** What was done to it counts whoever hears of it, and its workflow is told until it has heard. What is `done` stays so. */
  private async moved(
    tenant: string,
    id: string,
    change: StatusChange,
    { done, problem }: { done: string[]; problem: string },
  ): Promise<BlastDto> {
    if (await this.blasts.blasts.move(tenant, id, change)) return this.poked(tenant, id);
    const { status } = await this.blasts.find(tenant, id);
    if (done.includes(status)) return this.poked(tenant, id);
    throw wrongStatus(id, status, problem);
  }

  private async poked(tenant: string, id: string): Promise<BlastDto> {
    const blast = await this.blasts.find(tenant, id);
    if (!['draft', ...ENDED].includes(blast.status)) await this.starts.poke({ tenant, id });
    return this.blasts.answer(blast);
  }
}

function asked(body: ChangeBlastDto, fields: readonly (keyof ChangeBlastDto)[]): string[] {
  return fields.filter((field) => body[field] !== undefined);
}

/** The statuses that allow all that is asked for. */
function changeableIn(body: ChangeBlastDto): string[] {
  const rules = [
    { fields: CONTENT, statuses: AT_REST },
    { fields: BEFORE_LIST, statuses: OPEN },
    { fields: UNTIL_END, statuses: CHANGEABLE },
  ].filter(({ fields }) => asked(body, fields).length > 0);
  const { statuses } = rules[0] ?? { statuses: CHANGEABLE };
  return statuses.filter((status) => rules.every((rule) => rule.statuses.includes(status)));
}

/** What of it may be changed when. */
function unchangeable(body: ChangeBlastDto): string {
  const fields = asked(body, [...CONTENT, ...BEFORE_LIST, ...UNTIL_END]);
  return (
    `${fields.join(', ') || 'it'} can not be changed now: ${CONTENT.join(' and ')} while nobody is being sent to, ` +
    `${BEFORE_LIST.join(', ')} while it is ${OPEN.join(' or ')}, ` +
    `${UNTIL_END.join(', ')} until it ends`
  );
}

function unretriable(status: string): string {
  if (status === 'draft') return 'can not be retried: nobody has failed, it was not started';
  return `can not be retried: ${status === 'ending' ? 'wait until it has ended' : 'pause it first'}`;
}

export function wrongStatus(id: string, status: string, problem: string): ProblemException {
  return new ProblemException(409, 'blast-status', `Blast ${id} is ${status} and ${problem}.`, {
    blast_status: status,
  });
}
