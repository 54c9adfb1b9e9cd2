import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';

/** What is searched of a mail's text. */
const SEARCHED_CHARACTERS = 2_000;

/** What a list shows of a mail. */
export interface ListedMail {
  /** When it came, ms since the epoch; later ones are greater. */
  id: string;
  /** As the mail says. */
  from: string;
  /** As the sender told the server, which is who gets it. */
  to: string[];
  subject: string;
  /** Where its text begins. */
  text: string;
}

/** The youngest mails that came, in files: one as it came, one with what a list shows of it. */
export class MailStore {
  /** The oldest first. */
  private readonly mails: ListedMail[];

  constructor(
    private readonly folder: string,
    private readonly maxMails: number,
  ) {
    mkdirSync(folder, { recursive: true });
    const lists = readdirSync(folder).filter((name) => /^\d+\.json$/.test(name));
    this.mails = lists
      .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as ListedMail)
      .sort((one, other) => Number(one.id) - Number(other.id));
    this.forgetOldest();
  }

  async add(source: Buffer, to: string[]): Promise<void> {
    const { from, subject = '', text = '' } = await simpleParser(source);
    const id = String(Math.max(Date.now(), Number(this.mails.at(-1)?.id ?? 0) + 1));
    const listed = { id, from: from?.text ?? '', to, subject, text: text.slice(0, SEARCHED_CHARACTERS) };
    this.write(`${id}.eml`, source);
    // What is not listed was not stored.
    this.write(`${id}.json`, JSON.stringify(listed));
    this.mails.push(listed);
    this.forgetOldest();
  }

  /** Those with all these words in them, the youngest first. */
  find(words: string): ListedMail[] {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const has = ({ from, to, subject, text }: ListedMail) => {
      const all = [from, ...to, subject, text].join('\n').toLowerCase();
      return wanted.every((word) => all.includes(word));
    };
    return this.mails.filter(has).reverse();
  }

  /** One, with its source as it came. */
  async read(id: string): Promise<{ listed: ListedMail; source: Buffer } | undefined> {
    const listed = this.mails.find((mail) => mail.id === id);
    return listed && { listed, source: await readFile(join(this.folder, `${id}.eml`)) };
  }

  clear(): void {
    this.forget(this.mails.length);
  }

  private forgetOldest(): void {
    this.forget(Math.max(0, this.mails.length - this.maxMails));
  }

  private forget(count: number): void {
    for (const { id } of this.mails.splice(0, count)) {
      for (const name of [`${id}.json`, `${id}.eml`]) rmSync(join(this.folder, name), { force: true });
    }
  }

  private write(name: string, content: string | Buffer): void {
    const path = join(this.folder, name);
    writeFileSync(`${path}.new`, content);
    renameSync(`${path}.new`, path);
  }
}
