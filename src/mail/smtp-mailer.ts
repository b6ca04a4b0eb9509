import { createTransport, type SMTPTransportOptions } from 'nodemailer';
import type { Clock, Mailer } from '../core/ports.ts';
import { mailSource } from './mail-source.ts';
import { smtpFailure, smtpTimeout } from './smtp-failure.ts';
import { parseSmtpUrl, type SmtpServer } from './smtp-url.ts';

/** For the whole of one message, connecting included. */
const smtpTimeoutMs = 30_000;

/** The library's own time-outs stay far behind ours, which is on the clock port. */
const libraryTimeoutMs = 600_000;

export interface SmtpMailerSettings {
  /** `SMTP_URL`. */
  readonly url: string;
  readonly from: string;
  readonly clock: Clock;
  readonly timeoutMs?: number;
}

/**
 * Hands mail to an SMTP server, one connection a message. `send` answers the host, and names recipients that were refused while others
 * were taken. Throws `usage` (login, certificate, SMTP_URL), `rejected` (5xx), or `transient`.
 */
export function createSmtpMailer({ url, from, clock, timeoutMs = smtpTimeoutMs }: SmtpMailerSettings): Mailer {
  const server = parseSmtpUrl(url);
  const transport = createTransport(transportOptions(server));
  return {
    async send(message) {
      const cut = new AbortController();
      const alarm = new AbortController();
      // A put-off alarm rejects; only one that rings cuts the connection.
      const rings = clock.sleep(timeoutMs, alarm.signal).then(
        () => cut.abort(),
        () => undefined,
      );
      try {
        const sent = await transport.sendMail({ ...mailSource(message, from, clock.now()), signal: cut.signal });
        return placeOf(server, sent.rejected ?? []);
      } catch (thrown) {
        throw cut.signal.aborted ? smtpTimeout(server, timeoutMs) : smtpFailure(thrown, server);
      } finally {
        alarm.abort();
        await rings;
      }
    },
  };
}

function transportOptions({ host, port, tls, login }: SmtpServer): SMTPTransportOptions {
  return {
    host,
    port,
    secure: tls === 'implicit',
    requireTLS: tls === 'required',
    ...(login !== null && { auth: { user: login.user, pass: login.password } }),
    dnsTimeout: libraryTimeoutMs,
    connectionTimeout: libraryTimeoutMs,
    greetingTimeout: libraryTimeoutMs,
    socketTimeout: libraryTimeoutMs,
  };
}

function placeOf({ host }: SmtpServer, refused: readonly string[]): string {
  return refused.length === 0 ? host : `${host}, which refused ${refused.join(', ')}`;
}
