import type { PipeTransform } from '@nestjs/common';
import { invalid } from '../http/problem.exception.js';
import { shown } from '../http/validation.js';

/** As job types name results, with what tells results of one type apart after a colon. */
export const RESULT_NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}(?::[A-Za-z0-9_.-]{1,100})?$';
export const LIST_NAME = '^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$';

/** A name of this form; 400 for any other, which no result can have. */
export class ResultNamePipe implements PipeTransform<string, string> {
  constructor(
    private readonly field: string,
    private readonly form: string,
  ) {}

  transform(value: string): string {
    if (new RegExp(this.form).test(value)) return value;
    throw invalid([{ field: this.field, message: `must match ${this.form}, got ${shown(value)}` }]);
  }
}
