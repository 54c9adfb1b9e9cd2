import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { MayBeOmitted } from '../http/validation.js';
import { JOB_SCOPES } from './job-owner.js';
import type { JobScope } from './job-owner.js';

/** The field says whose jobs are meant. */
export const IsJobScope = (): PropertyDecorator =>
  applyDecorators(
    ApiProperty({
      ...{ enum: JOB_SCOPES, enumName: 'JobScope', default: 'tenant', required: false },
      description: '`global`: those of nobody in particular; that needs the scope `jobs:global`.',
    }),
    MayBeOmitted(),
    IsIn(JOB_SCOPES, { message: `must be one of ${JOB_SCOPES.join(', ')}` }),
  );

/** Whose jobs are meant. */
export class JobScopeQuery {
  @IsJobScope()
  scope?: JobScope;
}
