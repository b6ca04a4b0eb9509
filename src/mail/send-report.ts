import { createHash } from 'node:crypto';
import type { Mailer } from '../core/ports.ts';
import { reportHtml } from './report-html.ts';
import type { Report } from './report-model.ts';
import { reportText } from './report-text.ts';

export interface Envelope {
  readonly to: readonly string[];
  /** The sender's address; its domain is that of the Message-ID. */
  readonly from: string;
}

/** Mails the report as text and HTML. Answers where it went, in words. Throws what the mailer throws. */
export function sendReport(mailer: Mailer, report: Report, { to, from }: Envelope): Promise<string> {
  return mailer.send({
    messageId: messageIdOf(report, to, from),
    to,
    subject: report.subject,
    text: reportText(report),
    html: reportHtml(report),
  });
}

/** The same report to the same people has the same Message-ID: sent twice, it is one mail to a program that keeps count. */
function messageIdOf(report: Report, to: readonly string[], from: string): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([report, to]))
    .digest('hex')
    .slice(0, 32);
  const domain = /@([a-zA-Z0-9.-]+)>?\s*$/.exec(from)?.[1] ?? 'localhost';
  return `<report-${digest}@${domain}>`;
}
