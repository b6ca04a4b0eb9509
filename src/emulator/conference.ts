import { isObject } from './event-times.ts';
import type { Json, JsonObject } from './model.ts';

/** Meet links: only by request with `conferenceDataVersion=1` (API facts §2.3), or by the switch `meetLink`. */
export interface Conference {
  readonly conferenceData?: Json;
  readonly hangoutLink?: string;
}

/**
 * What an event has after a write. Without version 1 the body's conference data is ignored and what was
 * there stays; a create request with the id of the one that was served is ignored too.
 */
export function conferenceAfter(
  body: JsonObject,
  before: Conference,
  version: 0 | 1,
  nextHex: () => string,
): Conference {
  if (version === 0) return before;
  const wanted = body.conferenceData;
  if (!isObject(wanted)) return {};
  const request = wanted.createRequest;
  if (!isObject(request) || typeof request.requestId !== 'string') return { ...before, conferenceData: wanted };
  return servedRequestId(before) === request.requestId ? before : newConference(request.requestId, nextHex());
}

export function newConference(requestId: string, hex: string): Conference {
  const letters = [...hex].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  const code = [letters.slice(0, 3), letters.slice(3, 7), letters.slice(7, 10)].map((part) => part.join('')).join('-');
  const uri = `https://meet.google.com/${code}`;
  const solution = { type: 'hangoutsMeet' };
  return {
    hangoutLink: uri,
    conferenceData: {
      createRequest: { requestId, conferenceSolutionKey: solution, status: { statusCode: 'success' } },
      entryPoints: [{ entryPointType: 'video', uri, label: `meet.google.com/${code}` }],
      conferenceSolution: { key: solution, name: 'Google Meet' },
      conferenceId: code,
    },
  };
}

function servedRequestId({ conferenceData }: Conference): string | undefined {
  const request = isObject(conferenceData) ? conferenceData.createRequest : undefined;
  return isObject(request) && typeof request.requestId === 'string' ? request.requestId : undefined;
}
