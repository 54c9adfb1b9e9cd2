import { buffer } from 'node:stream/consumers';
import { SMTPServer } from 'smtp-server';
import type { MailStore } from './mail-store.js';

const MAX_MAIL_BYTES = 31_457_280;

/** What it answers for addresses that begin so, to see what becomes of such mail. */
const REFUSED: Record<string, { responseCode: number; message: string }> = {
  bounced: { responseCode: 550, message: '5.1.1 there is no such mailbox' },
  busy: { responseCode: 451, message: '4.7.1 try again later' },
};

/** An SMTP server that takes mail from anybody for anybody, and gives it to nobody but the store. */
export function createSmtpServer(store: MailStore): SMTPServer {
  return new SMTPServer({
    ...{ authOptional: true, allowInsecureAuth: true, disabledCommands: ['STARTTLS'], size: MAX_MAIL_BYTES },
    // Whatever the login, so that one that is configured does not have to be taken away.
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anybody' }),
    onRcptTo: ({ address }, _session, done) => {
      const refused = REFUSED[/^(\w+)/.exec(address)?.[1]?.toLowerCase() ?? ''];
      if (!refused) return done();
      done(Object.assign(new Error(refused.message), { responseCode: refused.responseCode }));
    },
    onData: (stream, { envelope }, done) => {
      const to = envelope.rcptTo.map(({ address }) => address);
      buffer(stream)
        .then((source) => store.add(source, to))
        .then(
          () => done(),
          (error: Error) => done(error),
        );
    },
  });
}
