import {
  Body,
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  Res,
} from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Scopes, Tenant } from '../http/access.js';
import { ApiProblems } from '../http/api-problem.js';
import { ApiIdempotencyKey, IdempotencyKey, REPLAYED_HEADER } from '../http/idempotency-key.js';
import { PatchPipe } from '../http/patch.pipe.js';
import { UuidPipe } from '../http/uuid.pipe.js';
import { CountsAgainstQuotas, QUOTA_HEADERS } from '../tenants/quota-headers.js';
import type { RequestTenant } from '../tenants/tenant.js';
import { BookingChangesService } from './booking-changes.service.js';
import { BookingDto, BookingPageDto } from './booking.dto.js';
import { BOOKING_EXAMPLE, ChangeBookingDto, CreateBookingDto } from './bookings.dto.js';
import {
  CANCEL_PROBLEMS,
  CHANGE_PROBLEMS,
  CREATE_PROBLEMS,
  GET_PROBLEMS,
  LIST_PROBLEMS,
} from './bookings.problems.js';
import { BookingsService } from './bookings.service.js';
import { ListBookingsQuery } from './list-bookings.dto.js';

const BOOKING_ID = ApiParam({
  name: 'id',
  description: 'The id of the booking',
  schema: { type: 'string', format: 'uuid' },
});

const IF_MATCH = ApiHeader({
  name: 'if-match',
  description: 'The `ETag` of the booking as the client knows it: in another version it is not changed',
  required: false,
  schema: { type: 'string', example: '"0"' },
});

const ETAG_HEADER = { etag: { description: 'Version of the booking', schema: { type: 'string' } } } as const;

@ApiTags('bookings')
@Controller('bookings')
export class BookingsController {
  constructor(
    private readonly bookings: BookingsService,
    private readonly changes: BookingChangesService,
  ) {}

  @Post()
  @Scopes('bookings:write')
  @CountsAgainstQuotas()
  @ApiOperation({
    summary: 'Book an appointment',
    description:
      'Answers once the booking is stored. Its attendees get a confirmation at once, reminders before the start and a ' +
      'follow-up after the end, with an iCalendar part and in their own time zone; webhook endpoints get its events. ' +
      'Without a mail server no mail is sent, which `mails` tells.',
  })
  @ApiBody({
    type: CreateBookingDto,
    examples: { haircut: { summary: 'A haircut', value: BOOKING_EXAMPLE } },
  })
  @ApiIdempotencyKey()
  @ApiResponse({
    status: 201,
    description: 'The booking is stored.',
    type: BookingDto,
    headers: {
      location: { description: 'Path of the booking', schema: { type: 'string' } },
      ...{ ...ETAG_HEADER, ...REPLAYED_HEADER, ...QUOTA_HEADERS },
    },
  })
  @ApiProblems(CREATE_PROBLEMS)
  async create(
    @Tenant() tenant: RequestTenant,
    @Body() body: CreateBookingDto,
    @IdempotencyKey() key: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingDto> {
    const { booking, replayed } = await this.bookings.create(tenant, body, key);
    void reply.header('location', `/bookings/${booking.id}`);
    if (replayed) void reply.header('idempotency-replayed', 'true');
    return tagged(booking, reply);
  }

  @Get()
  @Scopes('bookings:read')
  @ApiOperation({
    summary: 'List bookings',
    description: 'Also while no worker is running. A new booking, or a change, may be missing for a second.',
  })
  @ApiResponse({ status: 200, description: 'One page of them.', type: BookingPageDto })
  @ApiProblems(LIST_PROBLEMS)
  list(@Tenant() tenant: RequestTenant, @Query() query: ListBookingsQuery): Promise<BookingPageDto> {
    return this.bookings.list(tenant, query);
  }

  @Get(':id')
  @Scopes('bookings:read')
  @ApiOperation({
    summary: 'How a booking stands',
    description:
      'And what its attendees were told and are to be told. Without `mails` while no worker is running.',
  })
  @BOOKING_ID
  @ApiResponse({ status: 200, description: 'The booking.', type: BookingDto, headers: ETAG_HEADER })
  @ApiProblems(GET_PROBLEMS)
  async get(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingDto> {
    return tagged(await this.bookings.get(tenant, id), reply);
  }

  @Patch(':id')
  @Scopes('bookings:write')
  @ApiOperation({
    summary: 'Move or change a booking',
    description:
      'A JSON merge patch: what is not named stays. Attendees are told of what is new by one mail, when there was no ' +
      'further change for a moment; reminders of the old time are gone. With `starts_at` alone it keeps its length.',
  })
  @BOOKING_ID
  @IF_MATCH
  @ApiBody({
    type: ChangeBookingDto,
    examples: { moved: { summary: 'Moved', value: { starts_at: '2027-03-29T09:00:00Z' } } },
  })
  @ApiResponse({ status: 200, description: 'As it stands now.', type: BookingDto, headers: ETAG_HEADER })
  @ApiProblems(CHANGE_PROBLEMS)
  async change(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Body(PatchPipe) body: Record<string, unknown>,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingDto> {
    return tagged(await this.changes.change(tenant, id, body, ifMatch), reply);
  }

  @Delete(':id')
  @Scopes('bookings:write')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Cancel a booking',
    description: 'Those who know of it are told. The same answer however often it is asked for.',
  })
  @BOOKING_ID
  @IF_MATCH
  @ApiResponse({ status: 200, description: 'It is cancelled.', type: BookingDto, headers: ETAG_HEADER })
  @ApiProblems(CANCEL_PROBLEMS)
  async cancel(
    @Tenant() tenant: RequestTenant,
    @Param('id', UuidPipe) id: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<BookingDto> {
    return tagged(await this.changes.cancel(tenant, id, ifMatch), reply);
  }
}

function tagged(booking: BookingDto, reply: FastifyReply): BookingDto {
  void reply.header('etag', `"${booking.version}"`);
  return booking;
}
