import type { Clock, MailMessage } from '../../src/core/ports.ts';

export function aMessage(stated: Partial<MailMessage> = {}): MailMessage {
  return {
    messageId: '<report-1@example.com>',
    to: ['owner@example.com'],
    subject: 'Drift report',
    text: 'Room 5, not Room 7.\n',
    html: '<p>Room 5, not Room 7.</p>',
    ...stated,
  };
}

/** Monday noon in Greenwich; nobody waits on it but for time-outs that never come. */
export const noon: Clock = {
  now: () => Date.UTC(2026, 10, 23, 12),
  sleep: (_delayMs, signal) =>
    new Promise((_resolve, reject) => signal?.addEventListener('abort', () => reject(signal.reason))),
};
