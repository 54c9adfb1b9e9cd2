import { randomUUID } from 'node:crypto';
import { Inject, Injectable, Optional } from '@nestjs/common';
import type { BlastContent, BlastRetry } from '#contracts/blast.js';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { contentWithoutHeaders, openContent, sealContent } from '#database/blast-content.js';
import { Blasts } from '#database/blasts.js';
import type { NewBlast, StoredBlast } from '#database/blasts.js';
import { Database } from '#database/database.js';
import { BrokenSeal, Sealing } from '#database/sealing.js';
import { Templates } from '#database/templates.js';
import { jobIdFrom } from '#jobs/job-id.js';
import { DestinationCheck } from '../destinations/destination-check.js';
import { allChecked, checkFields } from '../http/all-checked.js';
import { fingerprintOf, KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';
import { KeysInFlight } from '../http/keys-in-flight.js';
import { needsDatabase } from '../http/needs-database.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';
import { Quotas } from '../tenants/quotas.js';
import { namedTemplate } from '../templates/named-template.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { duration } from '../timers/when.js';
import { blastAnswer, lineAnswer } from './blast-answer.js';
import { blastContent } from './blast-content.js';
import type { BlastDto, BlastPageDto } from './blast.dto.js';
import { BlastStarts } from './blast-starts.js';
import { newTimes, startsByItself } from './blast-times.js';
import { BLASTS_SETTINGS } from './blasts.settings.js';
import type { BlastsSettings } from './blasts.settings.js';
import type { BlastTemplateDto } from './blast-content.dto.js';
import type { ChangeBlastDto } from './change-blast.dto.js';
import type { CreateBlastDto } from './create-blast.dto.js';
import type { ListBlastsQuery } from './list-blasts.dto.js';

const PLACE = /^\d{1,15} [0-9a-f-]{36}$/;
const MAX_RETRY_DELAY_MS = 86_400_000;

type BlastContentDto = Pick<CreateBlastDto, 'channel' | 'email' | 'webhook'>;

export interface CreatedBlast {
  blast: BlastDto;
  /** It had been created before, by the same request with the same key. */
  replayed: boolean;
}

/** Creates and finds blasts. What is done to one that is there is `BlastChangesService`. */
@Injectable()
export class BlastsService {
  private readonly inFlight = new KeysInFlight();
  private readonly stores?: { blasts: Blasts; templates: Templates; sealing: Sealing };

  constructor(
    private readonly starts: BlastStarts,
    private readonly destinations: DestinationCheck,
    private readonly quotas: Quotas,
    @Inject(BLASTS_SETTINGS) private readonly settings: BlastsSettings,
    @Optional() database?: Database,
    @Optional() sealing?: Sealing,
  ) {
    if (database && sealing)
      this.stores = { blasts: new Blasts(database), templates: new Templates(database), sealing };
  }

  /** With a key it is created once, however often the same is asked for. */
  async create(tenant: RequestTenant, body: CreateBlastDto, key?: string): Promise<CreatedBlast> {
    if (key === undefined) {
      const id = randomUUID();
      const blast = await this.store({ ...(await this.accept(tenant, body)), id });
      return { blast: await this.answer(blast), replayed: false };
    }
    const keyed = { tenant: tenant.id, route: 'POST /blasts', key, fingerprint: fingerprintOf(body) };
    return this.inFlight.alone(keyed, async () => {
      for (let generation = 0; ; generation++) {
        const id = jobIdFrom(['request', tenant.id, keyed.route, key, generation]);
        const found = await this.blasts.find(tenant.id, id);
        if (found && Date.now() - found.createdAt.getTime() >= KEY_KEPT_MS) continue;
        if (found && found.request?.fingerprint !== keyed.fingerprint) throw keyReused();
        const { fingerprint } = keyed;
        const blast =
          found ?? (await this.store({ ...(await this.accept(tenant, body)), id, request: { fingerprint } }));
        // The first request may have come no further than this.
        if (found?.status === 'scheduled') await this.starts.poke({ tenant: tenant.id, id });
        return { blast: await this.answer(blast), replayed: found !== undefined };
      }
    });
  }

  async get(tenant: string, id: string): Promise<BlastDto> {
    return this.answer(await this.find(tenant, id));
  }

  async list(tenant: string, { status, limit, cursor }: ListBlastsQuery): Promise<BlastPageDto> {
    const [ms = '', id = ''] = cursor === undefined ? [] : keyOfCursor(cursor, PLACE).split(' ');
    const before = cursor === undefined ? undefined : { createdAt: new Date(Number(ms)), id };
    const rows = await this.blasts.list(tenant, { statuses: status, before, limit: limit + 1 });
    const placeOf = ({ createdAt, id: last }: StoredBlast) => `${createdAt.getTime()} ${last}`;
    return pageOf(rows, limit, placeOf, (row) => lineAnswer(row, this.contentOf(row)));
  }

  /** Throws 404 if the tenant has no such blast. */
  async find(tenant: string, id: string): Promise<StoredBlast> {
    const found = await this.blasts.find(tenant, id);
    if (!found) throw new ProblemException(404, 'not-found', `There is no blast ${id}.`);
    return found;
  }

  async answer(blast: StoredBlast): Promise<BlastDto> {
    const { blasts } = this;
    const [counts, progress] = await Promise.all([blasts.counts(blast.id), blasts.progress(blast.id)]);
    return blastAnswer(blast, this.contentOf(blast), counts, progress);
  }

  /** What it sends from now on, as it is stored. */
  async content(tenant: string, blast: StoredBlast, { email, webhook }: ChangeBlastDto): Promise<object> {
    const channel = blast.channel;
    const content = await this.readContent(tenant, { channel, email, webhook });
    const hadUrl = (blast.content as BlastContent).webhook?.url !== undefined;
    const lostUrl = hadUrl && content.webhook?.url === undefined;
    checkFields({
      'webhook.url': lostUrl ? 'must be given, as before: recipients may have none of their own' : undefined,
    });
    await this.checkUrls([content.webhook?.url]);
    return sealContent(this.opened.sealing, blast, content);
  }

  get blasts(): Blasts {
    return this.opened.blasts;
  }

  private get opened() {
    if (!this.stores) throw needsDatabase('Blasts');
    return this.stores;
  }

  /** What it sends. One that no key opens any more hides neither itself nor the others: it is shown without its headers. */
  contentOf(blast: StoredBlast): BlastContent {
    try {
      return openContent(this.opened.sealing, blast);
    } catch (error) {
      if (!(error instanceof BrokenSeal)) throw error;
      return contentWithoutHeaders(blast);
    }
  }

  private async readContent(tenant: string, body: BlastContentDto): Promise<BlastContent> {
    const find = (template: BlastTemplateDto) =>
      namedTemplate(this.opened.templates, tenant, 'email.template', template);
    return blastContent(body, find);
  }

  private async checkUrls(urls: (string | undefined)[]): Promise<void> {
    for (const url of urls) if (url !== undefined) await this.destinations.check(url);
  }

  private async store(blast: NewBlast & { id: string; content: BlastContent }): Promise<StoredBlast> {
    const content = sealContent(this.opened.sealing, blast, blast.content);
    const { blast: stored } = await this.blasts.create({ ...blast, content });
    if (stored.status !== 'scheduled') return stored;
    try {
      await this.starts.poke(stored);
    } catch (error) {
      // Nobody was told of it, so it must not stay; with a key the same request goes on with it.
      if (!blast.request)
        await this.blasts.remove(stored.tenant, stored.id, ['scheduled']).catch(() => undefined);
      throw error;
    }
    return stored;
  }

  private async accept(
    tenant: RequestTenant,
    body: CreateBlastDto,
  ): Promise<Omit<NewBlast, 'id'> & { content: BlastContent }> {
    const { channel, name, rate = null, parallelism, max_failure_rate = null, source_url } = body;
    void this.opened;
    if (channel === 'email' && !this.settings.sendsMail) {
      throw new ProblemException(422, 'no-mail-server', 'E-mails cannot be sent: SMTP_URL is not set.');
    }
    const bounds = { nowMs: Date.now(), horizonMs: this.settings.horizonMs };
    const [{ times, killAt }, delayMs, content] = await allChecked(
      () => newTimes(body, bounds),
      () => delayOf(body.retry_delay),
      () => this.readContent(tenant.id, body),
      () => checkFields({ source_url: source_url === undefined ? undefined : webhookUrlProblem(source_url) }),
    );
    const retry: BlastRetry = { maxAttempts: body.max_attempts, delayMs };
    await this.checkUrls([content.webhook?.url, source_url]);
    this.quotas.admitJobs(tenant, 1);
    return {
      ...{ tenant: tenant.id, name, channel, content, times, retry, rate, parallelism, killAt },
      ...{
        maxFailureRate: max_failure_rate,
        status: startsByItself(times, bounds.nowMs) ? 'scheduled' : 'draft',
      },
      onUncertain: body.on_uncertain ?? (channel === 'email' ? 'hold' : 'resend'),
      source: source_url === undefined ? null : { url: source_url, next: source_url, pages: 0 },
    };
  }
}

function delayOf(text: string): number {
  const delayMs = duration('retry_delay', text);
  if (delayMs <= MAX_RETRY_DELAY_MS) return delayMs;
  throw invalid([{ field: 'retry_delay', message: `must be at most P1D, got ${shown(text)}` }]);
}
