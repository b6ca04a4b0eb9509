import { ApiError } from './api-error.ts';

/**
 * The newer envelope of Google's errors (API facts §7), which says PERMISSION_DENIED even for a rate limit. These are
 * the ones that were seen in it; faults name them like the classic ones.
 */
const service = 'calendar-json.googleapis.com';
const project = '123456789012';

export const newerErrors = {
  insufficientPermissions: () => insufficientScopes('calendar.v3.Events.Insert'),
  queriesPerMinute: () => queriesPerMinute(600),
  unauthenticated,
  serviceDisabled,
} as const;

export type NewerErrorName = keyof typeof newerErrors;

/** 403: the token's scopes do not cover the method, or do not reach the calendar. */
export function insufficientScopes(method: string): ApiError {
  return envelope(
    403,
    'Request had insufficient authentication scopes.',
    { message: 'Insufficient Permission', domain: 'global', reason: 'insufficientPermissions' },
    { reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT', domain: 'googleapis.com', metadata: { service, method } },
  );
}

/** 403: the limit of queries per minute per user. */
export function queriesPerMinute(limit: number): ApiError {
  const metadata = {
    service,
    quota_metric: `${service}/default`,
    quota_limit: 'defaultPerMinutePerUser',
    quota_limit_value: String(limit),
    consumer: `projects/${project}`,
  };
  return envelope(
    403,
    `Quota exceeded for quota metric 'Queries' and limit 'Queries per minute per user' of service '${service}' for consumer 'project_number:${project}'.`,
    { message: 'Rate Limit Exceeded', domain: 'usageLimits', reason: 'rateLimitExceeded' },
    { reason: 'RATE_LIMIT_EXCEEDED', domain: 'googleapis.com', metadata },
  );
}

function unauthenticated(): ApiError {
  return envelope(
    401,
    'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
    { message: 'Invalid Credentials', domain: 'global', reason: 'authError' },
    { reason: 'ACCESS_TOKEN_EXPIRED', domain: 'googleapis.com', metadata: { service } },
  );
}

function serviceDisabled(): ApiError {
  const message = `Google Calendar API has not been used in project ${project} before or it is disabled.`;
  return envelope(
    403,
    message,
    { message, domain: 'usageLimits', reason: 'accessNotConfigured' },
    { reason: 'SERVICE_DISABLED', domain: 'googleapis.com', metadata: { service, consumer: `projects/${project}` } },
  );
}

function envelope(
  code: 401 | 403,
  message: string,
  item: { message: string; domain: string; reason: string },
  info: { reason: string; domain: string; metadata: Readonly<Record<string, string>> },
): ApiError {
  const details = [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', ...info }];
  const status = code === 401 ? 'UNAUTHENTICATED' : 'PERMISSION_DENIED';
  return new ApiError(code, { error: { code, message, errors: [item], status, details } }, message);
}
