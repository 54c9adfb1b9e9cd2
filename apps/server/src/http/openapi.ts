import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import type { OpenAPIObject } from '@nestjs/swagger';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Problem } from './problem.dto.js';

const DESCRIPTION = `Timekeeper makes things happen later, and makes sure that they happen.

\`POST /timers\` sets a timer; when it is due, a \`POST\` request goes out to its url. A timer is stored before it is
answered with 201, so it survives crashes of every part. Errors are problem details (RFC 9457).`;

export function openApiDocument(app: NestFastifyApplication, version: string): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Timekeeper')
    .setDescription(DESCRIPTION)
    .setVersion(version)
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addServer('/')
    .addTag('timers', 'One delivery at one time')
    .addTag('destinations', 'Where timers go, and how it stands with them')
    .addTag('codec', "For Temporal's tools to read what is encrypted; off unless configured")
    .addTag('health', 'For those who supervise the process')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'CODEC_TOKEN' }, 'codecToken')
    .addBasicAuth({ type: 'http', scheme: 'basic', description: 'CODEC_TOKEN as password' }, 'codecPassword')
    .build();
  return SwaggerModule.createDocument(app, config, { extraModels: [Problem] });
}

/** `/api-docs` is Swagger UI, `/api-docs-json` the document. */
export function serveOpenApi(app: NestFastifyApplication, version: string): void {
  SwaggerModule.setup('api-docs', app, () => openApiDocument(app, version), {
    jsonDocumentUrl: 'api-docs-json',
  });
}
