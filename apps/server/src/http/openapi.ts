import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { EventDto } from '../events/events.dto.js';
import { REMOVABLE_FIELDS } from '../timers/merge-patch.js';
import { Problem } from './problem.dto.js';

const DESCRIPTION = `Timekeeper makes things happen later, and makes sure that they happen.

\`POST /timers\` sets a timer; when it is due, a \`POST\` request goes out to its url. A timer is stored before it is
answered with 201, so it survives crashes of every part. Errors are problem details (RFC 9457).

Where API keys are on, requests carry one: \`Authorization: Bearer tk_…\`. Where they are off, none is needed.`;

// `addBearerAuth` would call them all JWTs.
const BEARER = { type: 'http', scheme: 'bearer' } as const;

/** Properties of bodies that null takes away (RFC 7396); without `url`, or `job`, none of them can be. */
const IS_REMOVABLE: Record<string, (property: string) => boolean> = {
  ModifyEmail: (property) => property === 'kill_at',
  ModifyTimer: (property) => REMOVABLE_FIELDS.includes(property),
  UpdateSchedule: (property) => property !== 'url' && property !== 'job',
  ChangeBooking: (property) => ['description', 'location', 'notices'].includes(property),
};

export interface OpenApiOptions {
  version: string;
  /** Whether requests need an API key; undefined in a document for servers of either kind. */
  needsApiKey?: boolean;
}

export function openApiDocument(
  app: NestFastifyApplication,
  { version, needsApiKey }: OpenApiOptions,
): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Timekeeper')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addSecurity('api-key', { ...BEARER, description: 'An API key of a tenant' })
    .addSecurity('admin-token', { ...BEARER, description: '`ADMIN_TOKEN` of the server' })
    .addTag('timers', 'One delivery at one time')
    .addTag('schedules', 'Timers and jobs that recur')
    .addTag('jobs', 'Work of several steps')
    .addTag('results', 'What jobs have counted and listed together')
    .addTag('job alerts', 'Who is told when something is wrong with a job')
    .addTag('emails', 'One e-mail, now or later')
    .addTag('templates', 'What messages are made from')
    .addTag('suppressions', 'Addresses that nothing is sent to')
    .addTag('unsubscribe', 'Pages that links in e-mails lead to')
    .addTag('blasts', 'One message to many recipients')
    .addTag('bookings', 'Appointments, and what attendees are told of them')
    .addTag('webhook endpoints', 'Who is told what happens to bookings')
    .addTag('operations', 'Changes to many timers, in the background')
    .addTag('events', 'What happens to timers, as a stream')
    .addTag('destinations', 'Where timers go, and how it stands with them')
    .addTag('providers', 'Where the e-mails of all tenants go; for the operator')
    .addTag('codec', "For Temporal's tools to read what is encrypted; off unless configured")
    .addTag('signing secrets', 'What deliveries are signed with')
    .addTag('tenants', 'Who may use the API, and how much; for the operator')
    .addTag('health', 'For those who supervise the process')
    .addSecurity('codecToken', { ...BEARER, description: 'CODEC_TOKEN' })
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'CODEC_TOKEN as password' }, 'codecPassword')
    .build();
  const document = SwaggerModule.createDocument(app, config, { extraModels: [Problem, EventDto] });
  refuseUnknownProperties(document);
  allowRemoval(document);
  if (needsApiKey) refuseNoKey(document);
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

function allowRemoval({ components }: OpenAPIObject): void {
  for (const [name, isRemovable] of Object.entries(IS_REMOVABLE)) {
    const changes = components?.schemas?.[name];
    if (!changes || '$ref' in changes) continue;
    for (const [property, schema] of Object.entries(changes.properties ?? {})) {
      if ('$ref' in schema || !changes.properties || !isRemovable(property)) continue;
      const { description, ...rest } = schema;
      changes.properties[property] = { description, anyOf: [rest, { type: 'null' }] };
    }
  }
}

function refuseNoKey({ paths }: OpenAPIObject): void {
  for (const { get, post, put, patch, delete: remove } of Object.values(paths)) {
    for (const operation of [get, post, put, patch, remove]) {
      if (operation) operation.security = operation.security?.filter((one) => Object.keys(one).length > 0);
    }
  }
}

/** `/api-docs` is Swagger UI, `/api-docs-json` the document. */
export function serveOpenApi(app: NestFastifyApplication, options: OpenApiOptions): void {
  SwaggerModule.setup('api-docs', app, () => openApiDocument(app, options), {
    jsonDocumentUrl: 'api-docs-json',
  });
}
