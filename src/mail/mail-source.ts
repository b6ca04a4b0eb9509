import { createHash } from 'node:crypto';
import type { SendMailOptions } from 'nodemailer';
import type { MailMessage } from '../core/ports.ts';

/** The message as nodemailer takes it. The same message at the same time is the same to the byte: nothing in it is left to chance. */
export function mailSource(message: MailMessage, from: string, nowMs: number): SendMailOptions {
  return {
    from,
    to: [...message.to],
    subject: message.subject,
    text: message.text,
    html: message.html,
    messageId: message.messageId,
    date: new Date(nowMs),
    // RFC 3834 §5: holiday answers and other robots stay silent.
    headers: { 'Auto-Submitted': 'auto-generated' },
    baseBoundary: createHash('sha256').update(message.messageId).digest('hex').slice(0, 32),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}
