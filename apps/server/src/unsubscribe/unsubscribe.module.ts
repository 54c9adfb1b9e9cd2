import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { UnsubscribeLinks } from '#messages/unsubscribe-link.js';
import type { UnsubscribeOptions } from '#messages/unsubscribe-link.js';
import { UnsubscribeController } from './unsubscribe.controller.js';
import { UnsubscribeService } from './unsubscribe.service.js';

@Module({})
export class UnsubscribeModule {
  /** Without options no link is valid: there is no key that any could have been made with. */
  static register(options: UnsubscribeOptions | undefined): DynamicModule {
    const links = options && { provide: UnsubscribeLinks, useValue: new UnsubscribeLinks(options) };
    return {
      module: UnsubscribeModule,
      controllers: [UnsubscribeController],
      providers: [UnsubscribeService, ...(links ? [links] : [])],
    };
  }
}
