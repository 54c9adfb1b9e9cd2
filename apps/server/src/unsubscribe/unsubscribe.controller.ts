import { Controller, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiParam, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { OpenToAll } from '../http/access.js';
import { TakesForms } from '../http/form-body.js';
import { PAGE_HEADERS, pageHtml } from './page.js';
import type { Page } from './page.js';
import { UnsubscribeService } from './unsubscribe.service.js';

const TOKEN = ApiParam({
  name: 'token',
  description: 'As it is in the link',
  schema: { type: 'string', pattern: '^[A-Za-z0-9_-]+$' },
  example: 'AQx3…',
});
const HTML = { schema: { type: 'string' } } as const;
const FORMS = ['application/x-www-form-urlencoded', 'multipart/form-data'];

const answer = (status: number, description: string) =>
  ApiResponse({ status, description, content: { 'text/html': HTML } });
const NOT_VALID = answer(404, 'A page that says that the link is not valid.');
const UNAVAILABLE = answer(503, 'A page that says that the database does not answer.');

@ApiTags('unsubscribe')
@ApiProduces('text/html')
@Controller('unsubscribe')
@OpenToAll()
export class UnsubscribeController {
  constructor(private readonly unsubscribe: UnsubscribeService) {}

  @Get(':token')
  @ApiOperation({
    summary: 'The page that a link to unsubscribe leads to',
    description: 'It asks, and changes nothing.',
  })
  @TOKEN
  @answer(200, 'A page with a button.')
  @NOT_VALID
  @UNAVAILABLE
  async show(
    @Param('token') token: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return send(reply, await this.unsubscribe.show(token));
  }

  @Post(':token')
  @HttpCode(200)
  @TakesForms()
  @ApiOperation({
    summary: 'Unsubscribe',
    description:
      'By the button of the page, or in one click by a mail program (RFC 8058). The address goes on the suppression list ' +
      'as `opted-out`.',
  })
  @ApiConsumes(...FORMS)
  @TOKEN
  @answer(200, 'It gets no more. The page offers to undo it.')
  @NOT_VALID
  @UNAVAILABLE
  async optOut(
    @Param('token') token: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return send(reply, await this.unsubscribe.optOut(token));
  }

  @Post(':token/undo')
  @HttpCode(200)
  @TakesForms()
  @ApiOperation({
    summary: 'Subscribe again',
    description:
      'What the link has done is undone; an address that is on the list for something else stays on it.',
  })
  @ApiConsumes(...FORMS)
  @TOKEN
  @answer(200, 'A page that says how it is now.')
  @NOT_VALID
  @UNAVAILABLE
  async undo(
    @Param('token') token: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    return send(reply, await this.unsubscribe.undo(token));
  }
}

function send(reply: FastifyReply, page: Page): string {
  void reply.status(page.status).headers(PAGE_HEADERS);
  return pageHtml(page);
}
