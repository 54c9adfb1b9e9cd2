import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import type { Transporter } from 'nodemailer';

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;

export interface MailerOptions {
  /** Such as `smtp://user:password@host:587`; empty: no mail can be sent. */
  smtpUrl: string;
  from: string;
}

export interface Mail {
  to: string;
  subject: string;
  text: string;
  /** The same at every try, so that a receiver recognizes one that came twice. */
  messageId: string;
}

/** There is no SMTP server to give mail to. */
export class NoMailServer extends Error {}

/** Gives mail to the SMTP server. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly transport?: Transporter;

  constructor(private readonly options: MailerOptions) {
    if (!options.smtpUrl) return;
    const timeouts = { connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS };
    this.transport = createTransport({ url: options.smtpUrl, ...timeouts });
  }

  /** Resolves when the server has taken it. */
  async send(mail: Mail): Promise<void> {
    if (!this.transport) throw new NoMailServer('no mail can be sent: SMTP_URL is not set');
    await this.transport.sendMail({ from: this.options.from, ...mail });
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }
}
