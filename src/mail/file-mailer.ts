import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTransport } from 'nodemailer';
import { CalsyncError } from '../core/error.ts';
import type { Clock, Mailer, MailMessage } from '../core/ports.ts';
import { mailSource } from './mail-source.ts';

export interface FileMailerSettings {
  /** Made when it is missing. */
  readonly directory: string;
  readonly from: string;
  readonly clock: Clock;
}

/**
 * Mail as RFC 5322 files that any mail program opens, readable by their owner alone. Names sort by time, and end in the Message-ID: the
 * same message twice in a second is one file. `send` answers the path; throws `transient` where it cannot be written.
 */
export function createFileMailer({ directory, from, clock }: FileMailerSettings): Mailer {
  const transport = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
  return {
    async send(message) {
      const nowMs = clock.now();
      const { message: content } = await transport.sendMail(mailSource(message, from, nowMs));
      const path = join(directory, fileName(message, nowMs));
      try {
        await mkdir(directory, { recursive: true, mode: 0o700 });
        await writeFile(path, content, { mode: 0o600 });
      } catch (thrown) {
        throw notWritten(path, thrown);
      }
      return path;
    },
  };
}

function fileName({ messageId }: MailMessage, nowMs: number): string {
  const time = new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  const name = messageId.replaceAll(/[^a-zA-Z0-9.-]+/g, '_').replaceAll(/^_|_$/g, '');
  return `${time}Z-${name.slice(0, 100)}.eml`;
}

function notWritten(path: string, cause: unknown): CalsyncError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'; // what node:fs throws
  return new CalsyncError('transient', `the mail could not be written to ${path}: ${code}`, { reason: code, cause });
}
