import { z } from 'zod';
import type { Administration } from './administration.ts';
import { ApiError } from './api-error.ts';
import { type Answer, type Call, jsonAnswer } from './call.ts';
import * as shapes from './control-shapes.ts';
import type { Faults } from './faults.ts';
import type { Json } from './model.ts';
import type { Oracles } from './oracles.ts';
import type { People } from './people.ts';
import type { Push } from './push.ts';
import type { RequestLog } from './request-log.ts';
import { knowsSecret } from './secret.ts';
import { accountShape, calendarShape, loadSeed, SeedError } from './seed.ts';
import { fromJson, toJson } from './state.ts';
import type { Limits } from './switches.ts';

export const controlRoot = '/control/';

/** What the control door opens on. */
export interface Controlled {
  readonly administration: Administration;
  readonly people: People;
  readonly faults: Faults;
  readonly log: RequestLog;
  readonly push: Push;
  readonly oracles: Oracles;
  readonly secret: string | undefined;
}

type Handler = (body: unknown, query: URLSearchParams) => unknown;

/**
 * The JSON door for tests and demos in other processes. Every request needs the header `x-emulator-secret` when a
 * secret is set. Problems are answered `{ "error": "…" }` with 400, 403 or 404.
 */
export function createControl(controlled: Controlled): (call: Call) => Answer {
  const handlers = handlersOf(controlled);
  return (call) => {
    if (!knowsSecret(call.header('x-emulator-secret'), controlled.secret)) {
      return jsonAnswer(403, { error: 'the header x-emulator-secret is missing or wrong' });
    }
    const handler = handlers.get(`${call.method} ${call.path.slice(controlRoot.length)}`);
    if (handler === undefined) return jsonAnswer(404, { error: `no control endpoint ${call.method} ${call.path}` });
    try {
      return jsonAnswer(200, (handler(call.body === '' ? {} : JSON.parse(call.body), call.query) ?? {}) as Json);
    } catch (thrown) {
      return refusal(thrown);
    }
  };
}

function refusal(thrown: unknown): Answer {
  if (thrown instanceof ApiError) return jsonAnswer(thrown.status, { error: thrown.message });
  if (thrown instanceof z.ZodError) return jsonAnswer(400, { error: z.prettifyError(thrown) });
  if (thrown instanceof SeedError) return jsonAnswer(400, { error: thrown.message });
  if (thrown instanceof SyntaxError) return jsonAnswer(400, { error: `cannot be read: ${thrown.message}` });
  throw thrown;
}

/** Parses with a shape, then acts on what came out. */
function taking<Shape extends z.ZodType>(shape: Shape, act: (input: z.output<Shape>) => unknown): Handler {
  return (body) => act(shape.parse(body));
}

/** Method and path of every endpoint, below the root. */
export function handlersOf(controlled: Controlled): Map<string, Handler> {
  return new Map([
    ...accountHandlers(controlled),
    ...calendarHandlers(controlled),
    ...peopleHandlers(controlled),
    ...settingHandlers(controlled),
    ...observationHandlers(controlled),
  ]);
}

function accountHandlers({ administration }: Controlled): [string, Handler][] {
  return [
    ['POST accounts', taking(accountShape, (input) => administration.createAccount(input))],
    [
      'POST service-accounts',
      taking(shapes.serviceAccountShape, (input) => administration.createServiceAccount(input)),
    ],
    ['GET accounts', () => ({ accounts: administration.accounts() })],
    ['POST codes', taking(shapes.codeShape, (input) => ({ code: administration.issueCode(input) }))],
    [
      'POST tokens/expire',
      taking(shapes.emailShape, ({ email }) => ({ ended: administration.expireAccessTokens(email) })),
    ],
    ['POST tokens/revoke', taking(shapes.emailShape, ({ email }) => ({ ended: administration.revokeConsent(email) }))],
  ];
}

function calendarHandlers({ administration }: Controlled): [string, Handler][] {
  const id = shapes.calendarIdShape;
  return [
    ['POST calendars', taking(calendarShape, (input) => administration.createCalendar(input))],
    ['GET calendars', () => ({ calendars: administration.calendars() })],
    [
      'POST calendars/share',
      taking(shapes.shareShape, (input) =>
        administration.share(input.calendarId, input.email, input.role, input.onList),
      ),
    ],
    ['POST calendars/delete', taking(id, ({ calendarId }) => administration.deleteCalendar(calendarId))],
    ['POST calendars/restore', taking(id, ({ calendarId }) => administration.restoreCalendar(calendarId))],
    [
      'POST calendars/invalidate-sync-tokens',
      taking(id, ({ calendarId }) => administration.invalidateSyncTokens(calendarId)),
    ],
  ];
}

function peopleHandlers({ people }: Controlled): [string, Handler][] {
  return [
    ['POST people/edit', taking(shapes.editShape, (its) => people.edit(its.calendarId, its.eventId, its.fields))],
    ['POST people/add', taking(shapes.addShape, (its) => people.add(its.calendarId, its.event))],
    ['POST people/remove', taking(shapes.eventShape, (its) => people.remove(its.calendarId, its.eventId))],
    ['POST people/restore', taking(shapes.eventShape, (its) => people.restore(its.calendarId, its.eventId))],
    [
      'POST people/copy',
      taking(shapes.copyShape, (its) => people.copy(its.calendarId, its.eventId, its.withMarks, its.destinationId)),
    ],
    [
      'POST people/move',
      taking(shapes.moveShape, (its) => people.move(its.calendarId, its.eventId, its.destinationId)),
    ],
    [
      'POST people/answer',
      taking(shapes.answerShape, ({ calendarId, eventId, ...its }) => people.answer(calendarId, eventId, its)),
    ],
    ['POST people/strip-marks', taking(shapes.eventShape, (its) => people.stripMarks(its.calendarId, its.eventId))],
    [
      'POST people/split-series',
      taking(shapes.splitShape, (its) =>
        people.splitSeries(its.calendarId, its.eventId, its.originalStart, its.fields, its.withMarks),
      ),
    ],
    ['POST people/lock', taking(shapes.lockShape, (its) => people.lock(its.calendarId, its.eventId, its.locked))],
    [
      'POST people/cancel-occurrence',
      taking(shapes.occurrenceShape, (its) => people.cancelOccurrence(its.calendarId, its.eventId, its.originalStart)),
    ],
    [
      'POST people/change-occurrence',
      taking(shapes.changeOccurrenceShape, (its) =>
        people.changeOccurrence(its.calendarId, its.eventId, its.originalStart, its.fields),
      ),
    ],
  ];
}

function settingHandlers({ administration, people, faults }: Controlled): [string, Handler][] {
  return [
    ['GET switches', () => toJson(administration.switches())],
    ['PATCH switches', taking(shapes.switchesShape, (input) => toJson(administration.setSwitches(input)))],
    ['GET limits', () => toJson(administration.limits())],
    ['PATCH limits', taking(shapes.limitsShape, (input) => toJson(administration.setLimits(fromJson<Limits>(input))))],
    ['POST faults', taking(shapes.faultShape, (input) => ({ id: faults.add(input) }))],
    ['GET faults', () => ({ faults: faults.list() })],
    ['DELETE faults', (_, query) => removeFaults(faults, query.get('id'))],
    ['POST seed', (body) => loadSeed(body, administration, people)],
  ];
}

function removeFaults(faults: Faults, id: string | null): { removed: boolean } {
  if (id !== null) return { removed: faults.remove(id) };
  faults.clear();
  return { removed: true };
}

function observationHandlers({ administration, log, push, oracles }: Controlled): [string, Handler][] {
  return [
    ['GET push/channels', () => ({ channels: push.channels() })],
    ['GET push/messages', () => ({ messages: push.messages() })],
    ['POST push/forge', taking(shapes.forgeryShape, (input) => push.forge(input))],
    ['POST oracles', taking(shapes.oraclesShape, (input) => verdicts(oracles, input))],
    ['GET events', (_, query) => ({ events: administration.events(query.get('calendarId') ?? '') })],
    ['GET expand', (_, query) => administration.expand(query.get('calendarId') ?? '', windowOf(query))],
    ['GET log', (_, query) => ({ entries: log.read(number(query, 'since'), number(query, 'limit')) })],
    ['GET outbox', () => ({ mailings: log.outbox() })],
  ];
}

function verdicts(oracles: Oracles, { key, owner, owned, adopted }: shapes.OraclesInput): unknown {
  const names = { key, ...(owner === undefined ? {} : { owner }) };
  return {
    doubledMarks: oracles.doubledMarks(names),
    foreignWritten: oracles.foreignWritten(names, adopted),
    ...(owned === undefined ? {} : { unownedFieldsWritten: oracles.unownedFieldsWritten(owned) }),
    answersChanged: oracles.answersChanged(),
    writesWithoutIfMatch: oracles.writesWithoutIfMatch(),
    guestsMailed: oracles.guestsMailed(),
  };
}

function windowOf(query: URLSearchParams): { fromMs?: number; toMs?: number } {
  const [from, to] = [query.get('from'), query.get('to')];
  return { ...(from === null ? {} : { fromMs: Date.parse(from) }), ...(to === null ? {} : { toMs: Date.parse(to) }) };
}

function number(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  return text === null ? undefined : Number(text);
}
