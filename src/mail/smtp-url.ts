import { CalsyncError } from '../core/error.ts';

/** Where mail is handed in, and as whom. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  /** `implicit`: TLS from the first byte; `required`: STARTTLS or nothing; `offered`: STARTTLS where the server has it. */
  readonly tls: 'implicit' | 'required' | 'offered';
  readonly login: { readonly user: string; readonly password: string } | null;
}

const loopback = /^(localhost|127(\.\d+){3}|\[?::1\]?)$/;

/**
 * Reads `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`; the ports are 587 with a login or else 25, and 465, when not stated. A password
 * leaves this machine only encrypted. Throws `usage`, without repeating the address: it may hold the password.
 */
export function parseSmtpUrl(text: string): SmtpServer {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || url.hostname === '' || !['smtp:', 'smtps:'].includes(url.protocol)) {
    throw wrong('it has to be smtp://HOST:PORT or smtps://USER:PASSWORD@HOST:PORT');
  }
  if (url.search !== '' || url.hash !== '' || !['', '/'].includes(url.pathname)) {
    throw wrong('nothing may follow the host and port');
  }
  const login = loginOf(url);
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const implicit = url.protocol === 'smtps:';
  const tls = implicit ? 'implicit' : login !== null && !loopback.test(host) ? 'required' : 'offered';
  const usualPort = implicit ? 465 : login === null ? 25 : 587;
  return { host, port: url.port === '' ? usualPort : Number(url.port), tls, login };
}

function loginOf(url: URL): SmtpServer['login'] {
  if (url.username === '' && url.password === '') return null;
  if (url.username === '' || url.password === '') throw wrong('a login needs both a user and a password');
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    throw wrong('user and password have to be percent-encoded');
  }
}

function wrong(what: string): CalsyncError {
  return new CalsyncError('usage', `SMTP_URL cannot be used: ${what}`, { reason: 'smtp_url' });
}
