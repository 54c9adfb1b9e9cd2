import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { timerProviders } from '../timers/timer-providers.js';
import { OF_EMAILS } from './email-status.js';
import { EmailTemplate } from './email-template.js';
import { EmailsController } from './emails.controller.js';
import { EmailsService } from './emails.service.js';
import { EMAILS_SETTINGS } from './emails.settings.js';
import type { EmailsSettings } from './emails.settings.js';

@Module({})
export class EmailsModule {
  static register(settings: EmailsSettings): DynamicModule {
    return {
      module: EmailsModule,
      controllers: [EmailsController],
      providers: [
        ...timerProviders(OF_EMAILS, settings.timers),
        { provide: EMAILS_SETTINGS, useValue: settings },
        ...[EmailTemplate, EmailsService],
      ],
    };
  }
}
