import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { webhookUrlProblem } from '#contracts/webhook-url.js';
import { invalid } from '../http/problem.exception.js';

/** A name and a port at their longest. An address can be written at any length, with zeros ahead. */
export const MAX_HOST_LENGTH = 259;

const NOT_PART_OF_A_HOST = /[/?#@]/;

/** Reads a host as it stands in urls of timers, with its port where one is written. */
@Injectable()
export class HostPipe implements PipeTransform<string, string> {
  transform(value: string): string {
    return destinationHost(value);
  }
}

/** A host in the form in which destinations are told apart; 400 for what is none. */
export function destinationHost(value: string): string {
  const url = `http://${value}/`;
  const isTooLong = value.length > MAX_HOST_LENGTH;
  if (isTooLong || NOT_PART_OF_A_HOST.test(value) || webhookUrlProblem(url)) {
    const shown = JSON.stringify(value.slice(0, 80));
    throw invalid([{ field: 'host', message: `must be a host such as example.com:8080, got ${shown}` }]);
  }
  return new URL(url).host;
}
