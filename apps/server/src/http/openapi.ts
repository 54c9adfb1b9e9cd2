import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventDto } from '../events/events.dto.js';
import { Problem } from './problem.dto.js';

const DESCRIPTION = `Timekeeper makes things happen later, and makes sure that they happen.

\`POST /timers\` sets a timer; when it is due, a \`POST\` request goes out to its url. A timer is stored before it is
answered with 201, so it survives crashes of every part. Errors are problem details (RFC 9457).

Where API keys are on, requests carry one: \`Authorization: Bearer tk_…\`. Where they are off, none is needed.`;

export function openApiDocument(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Timekeeper')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key of a tenant' }, 'api-key')
    .addBearerAuth(
      { type: 'http', scheme: 'bearer', description: '`ADMIN_TOKEN` of the server' },
      'admin-token',
    )
    .addTag('timers', 'One delivery at one time')
    .addTag('schedules', 'Timers that recur')
    .addTag('operations', 'Changes to many timers, in the background')
    .addTag('events', 'What happens to timers, as a stream')
    .addTag('destinations', 'Where timers go, and how it stands with them')
    .addTag('codec', "For Temporal's tools to read what is encrypted; off unless configured")
    .addTag('signing secrets', 'What deliveries are signed with')
    .addTag('tenants', 'Who may use the API, and how much; for the operator')
    .addTag('health', 'For those who supervise the process')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'CODEC_TOKEN' }, 'codecToken')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'CODEC_TOKEN as password' }, 'codecPassword')
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: [Problem, EventDto] });
  refuseUnknownProperties(document);
  return document;
}

// As the validation pipe does.
function refuseUnknownProperties({ paths, components }: OpenAPIObject): void {
  const operations = Object.values(paths).flatMap(({ post, put, patch }) => [post, put, patch]);
  const bodies = JSON.stringify(operations.map((operation) => operation?.requestBody));
  for (const [name, schema] of Object.entries(components?.schemas ?? {})) {
    const isBody = bodies.includes(`"#/components/schemas/${name}"`);
    if (isBody && !('$ref' in schema)) schema.additionalProperties = false;
  }
}

/** `/api-docs` is Swagger UI, `/api-docs-json` the document. */
export function serveOpenApi(app: NestFastifyApplication, version: string): void {
  SwaggerModule.setup('api-docs', app, () => openApiDocument(app, version), {
    jsonDocumentUrl: 'api-docs-json',
  });
}
