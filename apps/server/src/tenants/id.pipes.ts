import { Injectable } from '@nestjs/common';
import type { PipeTransform } from '@nestjs/common';
import { ProblemException } from '../http/problem.exception.js';
import { API_KEY_ID } from './api-key.js';
import { TENANT_ID } from '#contracts/tenant.js';

/** The id of a tenant. One that no tenant can have is answered like any other that is unknown. */
@Injectable()
export class TenantIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!TENANT_ID.test(id)) throw unknownTenant(id);
    return id;
  }
}

/** The id of an API key, likewise. */
@Injectable()
export class ApiKeyIdPipe implements PipeTransform<string, string> {
  transform(id: string): string {
    if (!API_KEY_ID.test(id)) throw unknownApiKey(id);
    return id;
  }
}

export function unknownTenant(id: string): ProblemException {
  return new ProblemException(404, 'not-found', `There is no tenant ${id.slice(0, 80)}.`);
}

export function unknownApiKey(id: string): ProblemException {
  return new ProblemException(404, 'not-found', `The tenant has no API key ${id.slice(0, 80)}.`);
}
