import type { PipeTransform } from '@nestjs/common';
import { invalid } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';

export const TEMPLATE_NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';
export const TEMPLATE_NAME_RULE = 'must be 1 to 64 letters, digits, dots, dashes and underscores';

/** A name that a template can have; 400 for any other. */
export class TemplateNamePipe implements PipeTransform<string, string> {
  transform(value: string): string {
    if (new RegExp(TEMPLATE_NAME).test(value)) return value;
    throw invalid([{ field: 'name', message: `${TEMPLATE_NAME_RULE}, got ${shown(value)}` }]);
  }
}
