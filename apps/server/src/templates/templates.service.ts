import { Injectable, Optional } from '@nestjs/common';
import { Database } from '#database/database.js';
import { Templates } from '#database/templates.js';
import type { StoredTemplate, TemplateParts } from '#database/templates.js';
import { MessageTemplate } from '#messages/template.js';
import {
  asksForUnsubscribeUrl,
  SUBJECT_WITH_LINK,
  unsubscribeUrlProblem,
} from '#messages/unsubscribe-link.js';
import { checkFields } from '../http/all-checked.js';
import { fingerprintOf, KEY_KEPT_MS, keyReused } from '../http/idempotency-key.js';
import { needsDatabase } from '../http/needs-database.js';
import { keyOfCursor, pageOf } from '../http/page.dto.js';
import type { PageQuery } from '../http/page.dto.js';
import { invalid, ProblemException } from '../http/problem.exception.js';
import { TEMPLATE_NAME } from './template-name.js';
import { withTemplateProblems } from './template-problem.js';
import type {
  CreateTemplateDto,
  ListedTemplateDto,
  PreviewTemplateDto,
  TemplateDto,
  TemplatePageDto,
  TemplatePartsDto,
  TemplatePreviewDto,
} from './templates.dto.js';

/** Keeps what messages are made from. What can not be read as a template is never stored. */
@Injectable()
export class TemplatesService {
  private readonly templates?: Templates;

  constructor(@Optional() database?: Database) {
    if (database) this.templates = new Templates(database);
  }

  /** With a key it is created once, however often the same is asked for. */
  async create(
    tenant: string,
    body: CreateTemplateDto,
    key?: string,
  ): Promise<{ template: TemplateDto; replayed: boolean }> {
    const { stored } = this;
    const parts = readParts(body);
    const since = new Date(Date.now() - KEY_KEPT_MS);
    const request = key === undefined ? undefined : { key, fingerprint: fingerprintOf(body), since };
    const created = await stored.create(tenant, body.name, parts, request);
    if (created === 'key-reused') throw keyReused();
    if (created === 'exists') {
      const detail = `There is a template ${body.name} already: PUT stores a new version of it.`;
      throw new ProblemException(409, 'conflict', detail);
    }
    return { template: templateDto(created.template), replayed: created.replayed };
  }

  async replace(tenant: string, name: string, body: TemplatePartsDto): Promise<TemplateDto> {
    const replaced = await this.stored.replace(tenant, name, readParts(body));
    if (!replaced) throw unknown(name);
    return templateDto(replaced);
  }

  async list(tenant: string, { limit, cursor }: PageQuery): Promise<TemplatePageDto> {
    const after = cursor === undefined ? undefined : keyOfCursor(cursor, new RegExp(TEMPLATE_NAME));
    const rows = await this.stored.list(tenant, { after, limit: limit + 1 });
    return pageOf(rows, limit, ({ name }) => name, listedDto);
  }

  async get(tenant: string, name: string, version?: number): Promise<TemplateDto> {
    return templateDto(await this.find(tenant, name, version));
  }

  async versions(tenant: string, name: string, { limit, cursor }: PageQuery): Promise<TemplatePageDto> {
    const before = cursor === undefined ? undefined : Number(keyOfCursor(cursor, /^\d{1,10}$/));
    await this.find(tenant, name);
    const rows = await this.stored.versions(tenant, name, { before, limit: limit + 1 });
    return pageOf(rows, limit, ({ version }) => String(version), listedDto);
  }

  async remove(tenant: string, name: string): Promise<void> {
    if (!(await this.stored.remove(tenant, name))) throw unknown(name);
  }

  async preview(
    tenant: string,
    name: string,
    { data = {}, version }: PreviewTemplateDto,
  ): Promise<TemplatePreviewDto> {
    const template = await this.find(tenant, name, version);
    const rendered = withTemplateProblems(() => MessageTemplate.parse(template).render(data));
    const { subject, text, html } = rendered;
    return { version: template.version, subject: subject ?? null, text: text ?? null, html: html ?? null };
  }

  private async find(tenant: string, name: string, version?: number): Promise<StoredTemplate> {
    const found = await this.stored.find(tenant, name, version);
    if (!found) throw unknown(name, version);
    return found;
  }

  private get stored(): Templates {
    if (!this.templates) throw needsDatabase('Templates');
    return this.templates;
  }
}

function readParts({ subject, text, html }: TemplatePartsDto): TemplateParts {
  if (text === undefined && html === undefined)
    throw invalid([{ field: 'text', message: 'must be there, or html must be' }]);
  const parts = { subject: subject ?? null, text: text ?? null, html: html ?? null };
  withTemplateProblems(() => MessageTemplate.parse(parts));
  checkFields({
    text: unsubscribeUrlProblem(text ?? ''),
    html: unsubscribeUrlProblem(html ?? ''),
  });
  if (asksForUnsubscribeUrl(subject ?? '')) throw invalid([{ field: 'subject', message: SUBJECT_WITH_LINK }]);
  return parts;
}

function unknown(name: string, version?: number): ProblemException {
  const which = version === undefined ? name : `${name} in version ${version}`;
  return new ProblemException(404, 'not-found', `There is no template ${which}.`);
}

function listedDto({ name, version, subject, createdAt }: StoredTemplate): ListedTemplateDto {
  return { name, version, subject, created_at: createdAt.toISOString() };
}

function templateDto(template: StoredTemplate): TemplateDto {
  const { text, html } = template;
  return { ...listedDto(template), text, html };
}
