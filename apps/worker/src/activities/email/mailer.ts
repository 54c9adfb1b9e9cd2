import { PassThrough } from 'node:stream';
import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { createTransport } from 'nodemailer';
import type { SendMailOptions, Transporter } from 'nodemailer';
import type SMTPPool from 'nodemailer/lib/smtp-pool/index.js';
import type { EmailMessage } from '#contracts/email.js';
import { asciiDomain, withAsciiDomain } from '#messages/email-address.js';
import { Connections } from './connections.js';
import { notBegun, refused, taken } from './smtp-outcome.js';
import type { SmtpOutcome } from './smtp-outcome.js';

const CONNECT_TIMEOUT_MS = 10_000;
const SOCKET_TIMEOUT_MS = 30_000;

export interface MailerOptions {
  /** Such as `smtp://user:password@host:587`; empty: no mail can be sent. */
  smtpUrl: string;
  from: string;
  /** Connections to the SMTP server, and so mails on their way at a time. */
  connections: number;
}

export interface MailWatch {
  /** Those of its recipients that it goes to: all if absent. It names the others too. */
  only?: readonly string[];
  /** Where no connection is free by then, the mail is not sent. */
  giveUp?: AbortSignal;
  /** Whether it may still be begun: asked last, once there is a connection. */
  mayBegin?: () => Promise<boolean>;
  /** Called when the content begins to go to the server. */
  onGiven?: () => void;
}

/** There is no SMTP server to give mail to. */
export class NoMailServer extends Error {}

/** There is one, and it does not let us in. */
export class LoginRefused extends NoMailServer {
  constructor(replyCode: string) {
    const code = replyCode && ` (${replyCode})`;
    super(`no mail can be sent: the mail server does not accept the login in SMTP_URL${code}`);
  }
}

/** Gives mail to the SMTP server. */
@Injectable()
export class Mailer implements OnApplicationShutdown {
  private readonly transport?: Transporter<SMTPPool.SentMessageInfo>;
  private readonly connections: Connections;

  constructor(private readonly options: MailerOptions) {
    const { smtpUrl, connections } = options;
    this.connections = new Connections(connections);
    if (!smtpUrl) return;
    this.transport = createTransport({
      ...{ url: smtpUrl, pool: true, maxConnections: connections },
      ...{ connectionTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
      // What a mail says comes from outside: it must not be able to name files or urls of ours.
      ...{ disableFileAccess: true, disableUrlAccess: true },
    });
    this.transport.use('stream', ({ data, message: mail }, done) => {
      mail.processFunc((content: Readable) => new GivenContent(content, (data as TrackedMail).onGiven));
      done();
    });
  }

  /**
   * Resolves with what the server said, or why it said nothing; throws `NoMailServer`. `id`: the same at every try, from
   * which the `Message-ID` follows, so that a receiver recognizes a mail that came twice.
   */
  async send(
    id: string,
    message: EmailMessage,
    { only = message.to, giveUp, mayBegin, onGiven }: MailWatch = {},
  ): Promise<SmtpOutcome> {
    if (!this.transport) throw new NoMailServer('no mail can be sent: SMTP_URL is not set');
    // Else they would wait in the pool, where nobody knows which of them have begun.
    if (!(await this.connections.take(giveUp))) return notBegun();
    let wasGiven = false;
    const given = () => {
      wasGiven = true;
      onGiven?.();
    };
    try {
      if (mayBegin && !(await mayBegin())) return notBegun();
      const mail: TrackedMail = { ...this.mail(id, message, only), onGiven: given };
      const { response, rejectedErrors } = await this.transport.sendMail(mail);
      return taken(response, rejectedErrors as Parameters<typeof taken>[1]);
    } catch (error) {
      return refused(error, { wasGiven, to: only });
    } finally {
      this.connections.give();
    }
  }

  onApplicationShutdown(): void {
    this.transport?.close();
  }

  private mail(id: string, message: EmailMessage, only: readonly string[]): SendMailOptions {
    const { from = this.options.from, replyTo, to, subject, text, html, headers, attachments } = message;
    return {
      ...{ from, subject, text, html, headers },
      to: to.map(checkedAddress),
      ...(only.length < to.length && { envelope: { from, to: only.map(checkedAddress) } }),
      ...(replyTo !== undefined && { replyTo }),
      messageId: `<${id}@${domainOf(from)}>`,
      ...(message.calendar && {
        icalEvent: { method: message.calendar.method, content: message.calendar.content },
      }),
      ...(attachments && {
        attachments: attachments.map(({ filename, contentType, contentBase64 }) => ({
          ...{ filename, contentType, content: contentBase64, encoding: 'base64' },
        })),
      }),
    };
  }
}

/** Not as text, of which a parser could make other addresses than those that were checked. */
function checkedAddress(address: string): { name: string; address: string } {
  return { name: '', address: withAsciiDomain(address) };
}

function domainOf(from: string): string {
  return asciiDomain(/@([^\s<>@]+)>?\s*$/.exec(from)?.[1] ?? 'timekeeper');
}

interface TrackedMail extends SendMailOptions {
  onGiven: () => void;
}

/** The content of a mail. It is read when the server has said that it is ready for it, and not before. */
class GivenContent extends PassThrough {
  constructor(
    content: Readable,
    private readonly onGiven: () => void,
  ) {
    super();
    content.on('error', (error) => this.destroy(error)).pipe(this);
  }

  override pipe<T extends NodeJS.WritableStream>(destination: T, options?: { end?: boolean }): T {
    this.onGiven();
    return super.pipe(destination, options);
  }
}
