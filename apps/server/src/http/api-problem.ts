import { applyDecorators } from '@nestjs/common';
import { ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { Problem } from './problem.dto.js';

/** One example of a problem that a route can answer with. */
export interface ProblemExample {
  description: string;
  kind: string;
  title: string;
  detail: string;
  instance: string;
  errors?: { field: string; message: string }[];
  timer_status?: string;
  email_status?: string;
  job_status?: string;
  booking_status?: string;
  blast_status?: string;
  headers?: Record<string, { description: string; schema: { type: 'string' | 'integer' } }>;
}

/** Documents the problems of a route, by status. */
export function ApiProblems(problems: Record<number, ProblemExample>): MethodDecorator {
  return applyDecorators(
    ...Object.entries(problems).map(([status, { description, headers, kind, ...members }]) =>
      ApiResponse({
        status: Number(status),
        description,
        headers,
        content: {
          'application/problem+json': {
            schema: { $ref: getSchemaPath(Problem) },
            example: { type: `urn:timekeeper:problem:${kind}`, status: Number(status), ...members },
          },
        },
      }),
    ),
  );
}
