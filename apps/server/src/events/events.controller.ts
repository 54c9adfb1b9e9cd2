import { Controller, Get, Headers, Res } from '@nestjs/common';
import { ApiHeader, ApiOperation, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, StillAllowed, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { EVENT_EXAMPLE, EventDto } from './events.dto.js';
import { EVENTS_PROBLEMS } from './events.problems.js';
import { EventsService } from './events.service.js';

@ApiTags('events')
@Controller('events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Get()
  @Scopes('timers:read')
  @ApiOperation({
    summary: 'Events as they happen',
    description:
      'A stream of server-sent events that does not end. About a second after a timer was set, delivered or canceled, ' +
      'has failed or expired, the stream tells. Send the id of the last event as `Last-Event-ID` to go on where a ' +
      'connection broke (an `EventSource` does so by itself): no event is left out, but those of the last minute ' +
      'before it come again, with the same ids. Events come nearly in order of time. A client that does not read is ' +
      'cut off, and one whose API key may not be used any more hears nothing after 20 s.',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    required: false,
    description: 'The id of the last event that was received. Without it the stream begins now.',
    schema: { type: 'string' },
    example: '1795341610045-01a202b2-ec10-8000-a3f1-5c0d9e7b1a24-delivered',
  })
  @ApiResponse({
    status: 200,
    description: 'The stream. `data` of each event is JSON: an `Event`.',
    content: {
      'text/event-stream': {
        schema: {
          type: 'string',
          description: 'Server-sent events',
          'x-event': { $ref: getSchemaPath(EventDto) },
        } as object,
        example: EVENT_EXAMPLE,
      },
    },
  })
  @ApiProblems(EVENTS_PROBLEMS)
  async listen(
    @Tenant() tenant: RequestTenant,
    @StillAllowed() isStillAllowed: () => Promise<boolean>,
    @Res() reply: FastifyReply,
    @Headers('Last-Event-ID') lastEventId?: string,
  ): Promise<void> {
    const { raw, request } = reply;
    const gone = new AbortController();
    raw.once('close', () => gone.abort());
    const stream = await this.events.listen(tenant.id, { gone: gone.signal, isStillAllowed }, lastEventId);
    void reply
      .header('content-type', 'text/event-stream; charset=utf-8')
      .header('cache-control', 'no-store, no-transform')
      // Nobody asks for more over it, and the end of the server would wait for it.
      .header('connection', 'close')
      // nginx would hold events back.
      .header('x-accel-buffering', 'no');
    await reply.send(request.method === 'HEAD' ? '' : stream);
  }
}
