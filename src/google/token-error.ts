import { CalsyncError, type ErrorKind } from '../core/error.ts';
import type { BadAnswer, Failure } from './failure.ts';

interface TokenErrorRow {
  /** A status, or the first digit of a class of them. */
  readonly status: number;
  readonly errors: 'any' | readonly string[];
  readonly kind: ErrorKind;
  readonly why: string;
}

/** What the token endpoint's refusals mean (RFC 6749, 5.2, and Google's additions); the first row that fits decides. */
export const TOKEN_ERROR_TABLE: readonly TokenErrorRow[] = [
  {
    status: 4,
    errors: ['rate_limit_exceeded'],
    kind: 'transient',
    why: 'Too many refreshes at once.',
  },
  {
    status: 4,
    errors: ['invalid_client', 'deleted_client', 'disabled_client'],
    kind: 'usage',
    why: 'Our own OAuth client is wrong or gone: true for every account, and reconnecting one cannot help.',
  },
  {
    status: 4,
    errors: ['invalid_request', 'unsupported_grant_type', 'redirect_uri_mismatch'],
    kind: 'invariant',
    why: 'The request itself is wrong.',
  },
  {
    status: 408,
    errors: 'any',
    kind: 'transient',
    why: 'Somebody on the way stopped waiting.',
  },
  {
    status: 429,
    errors: 'any',
    kind: 'transient',
    why: 'Too many refreshes at once.',
  },
  {
    status: 4,
    errors: 'any',
    kind: 'unauthorized',
    why: 'The grant is dead (invalid_grant: revoked, expired, unused, displaced) or its domain forbids it; only the owner can give another.',
  },
  {
    status: 3,
    errors: 'any',
    kind: 'transient',
    why: 'Not followed: a portal or a proxy is in the way.',
  },
  {
    status: 5,
    errors: 'any',
    kind: 'transient',
    why: 'The endpoint failed; the grant may be as good as before.',
  },
];

/** The error of a refresh or a code exchange that failed. Its message holds nothing that was sent. */
export function tokenError(failure: Failure): CalsyncError {
  switch (failure.kind) {
    case 'answer':
      return refused(failure.answer);
    case 'silence': {
      const { reason } = failure;
      return new CalsyncError('transient', `no usable answer from the token endpoint (${reason})`, { reason });
    }
    case 'other':
      return failure.error;
  }
}

function refused({ status, body, retryAfterMs }: BadAnswer): CalsyncError {
  const name = errorName(body);
  const row = TOKEN_ERROR_TABLE.find(
    (each) =>
      (each.status === status || each.status === Math.floor(status / 100)) &&
      (each.errors === 'any' || (name !== undefined && each.errors.includes(name))),
  );
  return new CalsyncError(row?.kind ?? 'transient', `the token endpoint answered ${status} ${name ?? ''}`.trimEnd(), {
    status,
    ...(name === undefined ? {} : { reason: name }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** `error` of RFC 6749, 5.2. The description is left behind: it may quote what was sent. */
function errorName(body: unknown): string | undefined {
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined;
  return typeof body.error === 'string' && /^[a-z_]{1,64}$/.test(body.error) ? body.error : undefined;
}
