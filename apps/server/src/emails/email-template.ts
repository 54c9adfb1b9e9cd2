import { Injectable, Optional } from '@nestjs/common';
import { Database } from '#database/database.js';
import { Templates } from '#database/templates.js';
import { renderTemplate, TemplateProblem } from '#messages/template.js';
import type { RenderedTemplate } from '#messages/template.js';
import { invalid } from '../http/problem.exception.js';
import { namedTemplate } from '../templates/named-template.js';
import { emailsNeedDatabase } from './emails-need-database.js';
import type { CreateEmailDto } from './emails.dto.js';

/** Makes of a stored template, before anything is stored, what is sent. */
@Injectable()
export class EmailTemplate {
  private readonly templates?: Templates;

  constructor(@Optional() database?: Database) {
    if (database) this.templates = new Templates(database);
  }

  /** Nothing where no template is asked for. Throws a problem where there is none, or the data lacks something. */
  async render(
    tenant: string,
    { template: asked, data = {}, text, html }: CreateEmailDto,
  ): Promise<RenderedTemplate> {
    if (!asked) return {};
    if ((text ?? html) !== undefined)
      throw invalid([{ field: 'template', message: 'is not possible beside text and html' }]);
    if (!this.templates) throw emailsNeedDatabase('template');
    const template = await namedTemplate(this.templates, tenant, 'template', asked);
    try {
      return renderTemplate(template, data);
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      throw invalid([
        error.variable === undefined
          ? { field: 'template', message: `can not be rendered: ${error.message}` }
          : { field: `data.${error.variable}`, message: `is missing: ${error.message}` },
      ]);
    }
  }
}
