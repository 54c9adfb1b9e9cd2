import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import { waitUntil } from '../../scripts/wait-until.js';

/** A real SMTP server. It keeps every mail, as it came. */
export class Mailbox {
  readonly mails: string[] = [];

  private constructor(private readonly server: SMTPServer) {}

  static async start(): Promise<Mailbox> {
    const server = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['AUTH', 'STARTTLS'] },
      onData: (stream, _session, done) => {
        void text(stream).then((mail) => {
          mailbox.mails.push(mail);
          done();
        });
      },
    });
    const mailbox = new Mailbox(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return mailbox;
  }

  get url(): string {
    return `smtp://127.0.0.1:${(this.server.server.address() as AddressInfo).port}`;
  }

  /** Waits for that many mails with this in them. */
  async received(what: string, count: number): Promise<string[]> {
    const found = () => this.mails.filter((mail) => mail.includes(what));
    return waitUntil(`${count} mails with ${what}`, () => found().length >= count && found());
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.server.close(resolve));
  }
}
