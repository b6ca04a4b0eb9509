/**
 * A Google Calendar of our own: the API of version 3, its token endpoint, and doors for tests to act behind it.
 * In process through `fetch`, or over HTTP through `listen`. `docs/emulator.md` says what it does and on whose word.
 */

import type { Mailing } from './act.ts';
import { Administration } from './administration.ts';
import type { Answer, Call } from './call.ts';
import { controlRoot, createControl } from './control.ts';
import type { Faults } from './faults.ts';
import { type Listening, type ListenOptions, listenOn } from './http-listener.ts';
import { callOfRequest, createFetch, responseOf } from './in-process.ts';
import { Oracles } from './oracles.ts';
import { answerPage } from './page.ts';
import { People } from './people.ts';
import { deliverOverHttp, type Push } from './push.ts';
import type { PushMessage } from './push-message.ts';
import type { LogEntry } from './request-log.ts';
import { loadSeed, type SeedResult } from './seed.ts';
import { Service } from './service.ts';
import { State } from './state.ts';
import type { Limits, Switches } from './switches.ts';

export type { Mailing, MailReason } from './act.ts';
export type { FaultAction, FaultRule } from './faults.ts';
export type { Listening, ListenOptions } from './http-listener.ts';
export type { ChangedAnswer, ClientWrite, DoubledMark, MailedGuest, MarkNames } from './oracles.ts';
export type { Forgery, PushRecord } from './push.ts';
export type { PushMessage } from './push-message.ts';
export type { LogEntry, LoggedChange } from './request-log.ts';
export type { Limits, Switches } from './switches.ts';

export interface EmulatorOptions {
  /** Milliseconds since 1970-01-01T00:00:00Z; the machine's clock when not given. */
  readonly now?: () => number;
  /** Waits of the fault `delay`; real time when not given. */
  readonly sleep?: (delayMs: number) => Promise<void>;
  /** Ids and tokens follow from it alone. */
  readonly seed?: string;
  /** Protects the control door, and is the OAuth client's secret. Without, neither is checked. */
  readonly secret?: string;
  readonly switches?: Partial<Switches>;
  readonly limits?: Partial<Limits>;
  /** Keeps accounts, calendars, events and tokens in this journal over restarts and kill -9. */
  readonly state?: { readonly file: string };
  /** Delivers push messages: gives the receiver's status, rejects when nobody answers. A real POST when not given. */
  readonly deliver?: (message: PushMessage) => Promise<number>;
}

export interface Emulator {
  /** One request, one answer; rejects when a fault breaks the connection. */
  handle(request: Request): Promise<Response>;
  /** For gaxios' `fetchImplementation`, and anything else that takes a fetch. Aborts by the request's signal. */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  listen(options?: ListenOptions): Promise<Listening>;
  /** Accounts, calendars, tokens, raw contents, switches and limits. */
  readonly administration: Administration;
  /** What people do in Google's own pages. */
  readonly people: People;
  readonly faults: Faults;
  /** Requests and people's acts with a `seq` above `since`, oldest first. */
  log(since?: number, limit?: number): LogEntry[];
  /** Whom Google would have mailed. */
  outbox(): readonly Mailing[];
  /** Push channels and their messages. */
  readonly push: Push;
  /** Verdicts over the whole log, for the end of a test. */
  readonly oracles: Oracles;
  /** Throws SeedError, whose message lists every problem with its place. */
  loadSeed(json: unknown): SeedResult;
  /** Closes the state's file and ends push messages. Listeners are closed by their own `close`. */
  close(): void;
}

const realSleep = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/** Waits without keeping the process alive. */
const idleSleep = (delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, delayMs).unref();
  });

/** Throws when the state's file is no journal of the emulator. */
export function createEmulator(options: EmulatorOptions = {}): Emulator {
  const state = new State({
    now: options.now ?? Date.now,
    seed: `${options.seed ?? 'calsync'}\n${options.secret ?? ''}`,
    switches: options.switches ?? {},
    limits: options.limits ?? {},
    ...(options.state === undefined ? {} : { file: options.state.file }),
  });
  const sleep = options.sleep ?? realSleep;
  const waits = { deliver: options.deliver ?? deliverOverHttp, sleep: options.sleep ?? idleSleep };
  const service = new Service(state, options.secret, sleep, waits);
  const { faults, log, push } = service;
  const administration = new Administration(state, service.tokens);
  const people = new People(state, log);
  const oracles = new Oracles(state, log);
  const control = createControl({ administration, people, faults, log, push, oracles, secret: options.secret });
  const answer = async (call: Call): Promise<Answer> =>
    call.path.startsWith(controlRoot)
      ? control(call)
      : call.path === '/'
        ? answerPage({ state, log, push, faults, secret: options.secret }, call)
        : service.answer(call);
  const handle = async (request: Request): Promise<Response> => responseOf(await answer(await callOfRequest(request)));
  return {
    handle,
    fetch: createFetch(handle),
    listen: (listenOptions = {}) => listenOn(answer, listenOptions),
    administration,
    people,
    faults,
    push,
    oracles,
    log: (since, limit) => log.read(since, limit),
    outbox: () => log.outbox(),
    loadSeed: (json) => loadSeed(json, administration, people),
    close: () => {
      push.close();
      state.close();
    },
  };
}
