/*
 * What a mail server's refusal means. Its sentences are not repeated: they may quote what was sent.
 */
import type { NodemailerError } from 'nodemailer';
import { CalsyncError, type ErrorKind } from '../core/error.ts';
import type { SmtpServer } from './smtp-url.ts';

/** What nodemailer or a socket threw, as ours. */
export function smtpFailure(thrown: unknown, server: SmtpServer): CalsyncError {
  const error = thrown as NodemailerError; // its own class of errors; every field that is read is optional
  const place = `the mail server ${server.host}:${server.port}`;
  const said = error.responseCode === undefined ? '' : ` (${error.responseCode})`;
  switch (error.code) {
    case 'EAUTH':
    case 'ENOAUTH':
      return failure(
        error.permanent === false ? 'transient' : 'usage',
        `${place} refused the login in SMTP_URL${said}`,
        error,
      );
    case 'EENVELOPE':
      return failure(kindOf(error), `${place} refused ${refusedAddresses(error)}${said}`, error);
    case 'EMESSAGE':
      return failure(kindOf(error), `${place} refused the message${said}`, error);
    case 'ETLS':
    case 'EREQUIRETLS':
      return failure('usage', `${place} gives no encryption that can be trusted; nothing was sent`, error);
    case 'EDNS':
      return failure('transient', `the name of the mail server, ${server.host}, cannot be resolved`, error);
    case 'ESOCKET':
      return isCertificateError(error)
        ? failure('usage', `${place} has no certificate that can be trusted (${originOf(error)})`, error)
        : failure('transient', `${place} cannot be reached (${originOf(error)})`, error);
    default:
      return failure('transient', `${place} did not take the message${said}`, error);
  }
}

/** No answer in time: the server may have taken the message, and a repetition carries the same Message-ID. */
export function smtpTimeout(server: SmtpServer, timeoutMs: number): CalsyncError {
  const message = `the mail server ${server.host}:${server.port} did not answer within ${timeoutMs / 1000} s`;
  return new CalsyncError('transient', message, { reason: 'timeout', outcomeUnknown: true });
}

function failure(kind: ErrorKind, message: string, error: NodemailerError): CalsyncError {
  return new CalsyncError(kind, message, {
    reason: error.code ?? 'unknown',
    ...(error.responseCode !== undefined && { status: error.responseCode }),
    cause: withoutSecrets(error),
  });
}

/** What is kept as the cause: nodemailer's own error may hold the dialogue with the server. */
function withoutSecrets(error: NodemailerError): Error {
  return new Error(`${error.code ?? 'error'} in ${error.command ?? 'connection'}`);
}

/** Nodemailer says nothing of permanence where no server answered: then its own check refused what it was given. */
function kindOf(error: NodemailerError): ErrorKind {
  return error.permanent === false ? 'transient' : 'rejected';
}

function refusedAddresses({ rejected, command }: NodemailerError): string {
  if (command === 'MAIL FROM') return 'the sender in CALSYNC_MAIL_FROM';
  return rejected === undefined || rejected.length === 0 ? 'sender or recipient' : rejected.join(', ');
}

/** How OpenSSL and Node name what is wrong with a certificate. */
const certificateCodes = /^(CERT_|ERR_TLS_CERT|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_)/;

function isCertificateError(error: NodemailerError): boolean {
  return certificateCodes.test(originOf(error));
}

/** The operating system's or OpenSSL's own name of what went wrong. */
function originOf(error: NodemailerError): string {
  return error.originalCode ?? error.code ?? 'unknown';
}
