import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { invalid } from './problem.exception.js';

/** A JSON object of any fields: what they must be is known when they are put to those that were there before. */
@Injectable()
export class PatchPipe implements PipeTransform<unknown, Record<string, unknown>> {
  transform(value: unknown): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid([{ field: 'body', message: 'must be a JSON object' }]);
    }
    return value as Record<string, unknown>;
  }
}
