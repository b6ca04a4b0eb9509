import type { Json } from './model.ts';

/** A refusal with Google's status and body; the router turns it into the answer. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly body: Json;

  constructor(status: number, body: Json, message: string) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

interface ErrorShape {
  readonly status: number;
  readonly domain: string;
  readonly reason: string;
  readonly message: string;
  readonly locationType?: string;
  readonly location?: string;
}

/** The error bodies of Google's guide and of the field (API facts §7 and §14), by our own short name. */
export const errorShapes = {
  timeRangeEmpty: shape(
    400,
    'calendar',
    'timeRangeEmpty',
    'The specified time range is empty.',
    'parameter',
    'timeMax',
  ),
  authError: shape(401, 'global', 'authError', 'Invalid Credentials', 'header', 'Authorization'),
  userRateLimitExceeded: shape(403, 'usageLimits', 'userRateLimitExceeded', 'User Rate Limit Exceeded'),
  rateLimitExceeded: shape(403, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'),
  tooManyRequests: shape(429, 'usageLimits', 'rateLimitExceeded', 'Rate Limit Exceeded'),
  quotaExceeded: shape(403, 'usageLimits', 'quotaExceeded', 'Calendar usage limits exceeded.'),
  dailyLimitExceeded: shape(403, 'usageLimits', 'dailyLimitExceeded', 'Daily Limit Exceeded'),
  forbidden: shape(403, 'global', 'forbidden', 'Forbidden'),
  forbiddenForNonOrganizer: shape(
    403,
    'calendar',
    'forbiddenForNonOrganizer',
    'Shared properties can only be changed by the organizer of the event.',
  ),
  forbiddenForServiceAccounts: shape(
    403,
    'calendar',
    'forbiddenForServiceAccounts',
    'Service accounts cannot invite attendees without Domain-Wide Delegation of Authority.',
  ),
  requiredAccessLevel: shape(
    403,
    'calendar',
    'requiredAccessLevel',
    'You need to have writer access to this calendar.',
  ),
  dataOwnerCannotRemove: shape(
    403,
    'calendar',
    'forbidden',
    'The data owner of a calendar cannot remove such a calendar from their calendar list.',
  ),
  notFound: shape(404, 'global', 'notFound', 'Not Found'),
  duplicate: shape(409, 'global', 'duplicate', 'The requested identifier already exists.'),
  conflict: shape(409, 'global', 'conflict', 'Conflict'),
  fullSyncRequired: shape(
    410,
    'calendar',
    'fullSyncRequired',
    'Sync token is no longer valid, a full sync is required.',
    'parameter',
    'syncToken',
  ),
  updatedMinTooLongAgo: shape(
    410,
    'calendar',
    'updatedMinTooLongAgo',
    'The requested minimum modification time lies too far in the past.',
    'parameter',
    'updatedMin',
  ),
  deleted: shape(410, 'global', 'deleted', 'Resource has been deleted'),
  conditionNotMet: shape(412, 'global', 'conditionNotMet', 'Precondition Failed', 'header', 'If-Match'),
  backendError: shape(500, 'global', 'backendError', 'Backend Error'),
  serviceUnavailable: shape(503, 'global', 'backendError', 'Backend Error'),
  invalidId: shape(400, 'global', 'invalid', 'Invalid resource id value.'),
  missingStart: shape(400, 'global', 'required', 'Missing start time.'),
  missingEnd: shape(400, 'global', 'required', 'Missing end time.'),
  parseError: shape(400, 'global', 'parseError', 'Parse Error'),
  syncTokenWithRestrictions: shape(
    400,
    'calendar',
    'syncTokenWithRequestRestrictions',
    'Sync token cannot be used with other request restrictions.',
    'parameter',
    'syncToken',
  ),
  syncTokenWithOrdering: shape(
    400,
    'calendar',
    'syncTokenWithNonDefaultOrdering',
    'Sync token cannot be used with non-default ordering.',
    'parameter',
    'syncToken',
  ),
  orderingNotAvailable: shape(
    400,
    'calendar',
    'requestedOrderingNotAvailable',
    'The requested ordering is not available for the particular query.',
    'parameter',
    'orderBy',
  ),
  invalidSequence: shape(
    400,
    'calendar',
    'invalid',
    'Invalid sequence value. The specified sequence number is below the current sequence number of the resource. Re-fetch the resource and use its sequence number on the following request.',
  ),
  webhookUrlUnauthorized: shape(
    401,
    'global',
    'push.webhookUrlUnauthorized',
    'Unauthorized WebHook callback channel: the address of the request',
  ),
  pushNotSupported: shape(
    400,
    'global',
    'pushNotSupportedForRequestedResource',
    'Push notifications are not supported by this resource.',
  ),
  accessNotConfigured: shape(
    403,
    'usageLimits',
    'accessNotConfigured',
    'Google Calendar API has not been used in project 123456789012 before or it is disabled.',
  ),
  notEmulated: shape(501, 'global', 'notImplemented', 'This method is not emulated.'),
} as const satisfies Record<string, ErrorShape>;

export type ErrorName = keyof typeof errorShapes;

function shape(
  status: number,
  domain: string,
  reason: string,
  message: string,
  locationType?: string,
  location?: string,
): ErrorShape {
  return {
    status,
    domain,
    reason,
    message,
    ...(locationType === undefined ? {} : { locationType }),
    ...(location === undefined ? {} : { location }),
  };
}

function classicBody({ status, ...item }: ErrorShape): Json {
  return { error: { errors: [{ ...item }], code: status, message: item.message } };
}

/** One of the known errors, as Google's classic envelope. */
export function apiError(name: ErrorName): ApiError {
  const known = errorShapes[name];
  return classicError(known);
}

/** Any error in the classic envelope. */
export function classicError(shaped: ErrorShape): ApiError {
  return new ApiError(shaped.status, classicBody(shaped), shaped.message);
}

/** 400 `invalid` or `required` with a message of its own, for bodies. */
export function badRequest(reason: 'invalid' | 'required', message: string): ApiError {
  return new ApiError(400, classicBody({ status: 400, domain: 'global', reason, message }), message);
}

/** 400 `invalidParameter` for a query parameter. */
export function badParameter(parameter: string, message = `Invalid value for: ${parameter}`): ApiError {
  const details = { domain: 'global', reason: 'invalidParameter', locationType: 'parameter', location: parameter };
  return new ApiError(400, classicBody({ status: 400, message, ...details }), message);
}
