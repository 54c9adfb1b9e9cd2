import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { invalid } from './problem.exception.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** A UUID in lower case; 400 for anything else. */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    const id = value.toLowerCase();
    if (!UUID.test(id))
      throw invalid([{ field: 'id', message: `must be a UUID, got ${JSON.stringify(value.slice(0, 80))}` }]);
    return id;
  }
}
