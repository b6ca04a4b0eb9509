/** The way between a process and Google: requests and answers are parked here, and the tape of faults acts here. */

import type { FaultAction, RetryAfter } from '../../src/emulator/faults.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import type { FetchImplementation } from '../../src/google/transport.ts';
import { Cells, isChange, type Phase, phaseOf } from './cells.ts';
import type { Meanwhile, NetworkFault } from './faults.ts';
import type { HeardAnswer, SentCall } from './oracles/oracle.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import type { Outage } from './workload/google.ts';

const never = new Promise<never>(() => undefined);

export interface Away {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly how: Outage;
  /** What every error says, where that is how Google is away. */
  readonly retryAfter?: RetryAfter;
}

export interface NetworkHooks {
  /** Asked once for each request, in order; `nth` of its phase. */
  faultOf(phase: Phase, nth: number): NetworkFault | null;
  crash(actor: Actor): void;
  /** How long a request, or its answer, is on the way. */
  delayMs(): number;
  /** The listing that is answered now is not what the calendar holds. */
  lied(calendar: string): void;
  /** Every access token ends. */
  expireAccess(): void;
  /** Somebody calls while Google is away. */
  calledInVain(lasted: number): void;
  /** A request arrives for which nobody waits any more. */
  arrivesLate(): void;
  /** A call leaves. */
  calls(call: SentCall): void;
  /** An answer arrives. */
  hears(answer: HeardAnswer): void;
  /** Somebody changes the event that a call is about, or the row that it stands for, before the call is served. */
  meanwhile(eventId: string, doing: Meanwhile): Promise<void>;
}

export class Network {
  calls = 0;
  /** Calls that would change something. */
  changes = 0;
  readonly cells = new Cells();
  private readonly ofPhase = new Map<Phase, number>();
  /** While Google is away every call fails alike. */
  away: Away | null = null;
  private readonly emulator: Emulator;
  private readonly scheduler: Scheduler;
  private readonly hooks: NetworkHooks;
  private readonly pageSize: number;
  private readonly promisedLies = new Map<string, 'hide' | 'empty'>();
  private readonly wire: Actor = { name: 'network', alive: true };

  constructor(emulator: Emulator, scheduler: Scheduler, hooks: NetworkHooks, pageSize: number) {
    this.emulator = emulator;
    this.scheduler = scheduler;
    this.hooks = hooks;
    this.pageSize = pageSize;
  }

  fetchOf(actor: Actor): FetchImplementation {
    return (input, init) => this.send(actor, this.withPageSize(new Request(input, init)));
  }

  private async send(actor: Actor, request: Request): Promise<Response> {
    this.calls += 1;
    const phase = phaseOf(request);
    if (isChange(phase)) this.changes += 1;
    const nth = (this.ofPhase.get(phase) ?? 0) + 1;
    this.ofPhase.set(phase, nth);
    const name = `#${this.calls} ${nameOf(request)}`;
    const drawn = this.absence() ?? this.hooks.faultOf(phase, nth);
    const askedAtMs = this.scheduler.now();
    await this.scheduler.park(actor, `sends ${name}`, this.hooks.delayMs());
    if (drawn !== null) {
      this.scheduler.say('fault', `${JSON.stringify(drawn)} on ${name}`);
      this.cells.struck(phase, drawn);
    }
    const call = { actor, phase, url: request.url, eventId: await eventIdOf(request, phase), askedAtMs };
    this.hooks.calls(call);
    if (drawn?.kind === 'meanwhile' && call.eventId !== null) await this.hooks.meanwhile(call.eventId, drawn.doing);
    if (!actor.alive) return never;
    const fault = drawn?.kind === 'meanwhile' ? drawn.then : drawn;
    if (request.signal.aborted) throw request.signal.reason as Error;
    switch (fault?.kind) {
      case 'lost':
        throw connectionLost();
      case 'silence':
        return untilGivenUp(request.signal);
      case 'late':
        this.serveLater(request, name, fault.delayMs);
        return untilGivenUp(request.signal);
      case 'crash_before_send':
        this.hooks.crash(actor);
        return never;
      case 'crash_unserved':
        this.serveLater(request, name, fault.delayMs);
        this.hooks.crash(actor);
        return never;
      case 'swallowed':
        if (phase !== 'create') throw connectionLost();
        this.hooks.lied(calendarOf(request));
        return pretended(request, this.scheduler.now());
      case 'expire_access':
        this.hooks.expireAccess();
        break;
      case 'twice':
        this.serveLater(request.clone(), name, fault.delayMs);
        break;
      default:
    }
    const action = this.actionOf(fault, request);
    const response = await this.serve(request, action).catch((lost: unknown) => {
      this.cells.answered(phase, action, null);
      throw lost;
    });
    this.cells.answered(phase, action, response.status);
    if (fault?.kind === 'crash_unheard') {
      this.hooks.crash(actor);
      return never;
    }
    const answered = this.scheduler.park(actor, `hears ${name}: ${response.status}`, this.hooks.delayMs());
    if (fault?.kind === 'pause') this.scheduler.pause(actor, fault.pauseMs, fault.clockStops);
    await answered;
    if (request.signal.aborted) throw request.signal.reason as Error;
    this.hooks.hears({ ...call, status: response.status, retryAfter: response.headers.get('retry-after') });
    return response;
  }

  private absence(): NetworkFault | null {
    if (this.away === null || this.scheduler.now() >= this.away.untilMs) return null;
    const { how, sinceMs, retryAfter } = this.away;
    this.hooks.calledInVain(this.scheduler.now() - sinceMs);
    if (how !== 'serviceUnavailable') return { kind: how };
    const asked = retryAfter === undefined ? {} : { retryAfter };
    return { kind: 'answer', action: { kind: 'error', error: how, ...asked } };
  }

  private actionOf(fault: NetworkFault | null, request: Request): FaultAction | null {
    const calendar = listedCalendar(request);
    if (calendar === null) return fault?.kind === 'answer' && !neverSaid(fault.action, request) ? fault.action : null;
    const promised = this.promisedLies.get(calendar);
    if (promised !== undefined && isFullListing(request)) {
      this.promisedLies.delete(calendar);
      return this.lie(calendar, promised);
    }
    switch (fault?.kind) {
      case 'answer':
        if (lying.has(fault.action.kind)) this.hooks.lied(calendar);
        return fault.action;
      case 'hide':
        return this.lie(calendar, 'hide');
      case 'vanish':
        this.promisedLies.set(calendar, fault.how);
        return { kind: 'token_wipe' };
      default:
        return null;
    }
  }

  /** Shows a calendar without its first event, or empty. */
  private lie(calendar: string, how: 'hide' | 'empty'): FaultAction | null {
    this.hooks.lied(calendar);
    if (how === 'empty') return { kind: 'empty_list' };
    const hidden = this.emulator.administration.events(calendar).find(({ status }) => status !== 'cancelled');
    return hidden === undefined ? null : { kind: 'hide_item', eventId: String(hidden.id) };
  }

  private async serve(request: Request, action: FaultAction | null): Promise<Response> {
    const id = action === null ? null : this.emulator.faults.add({ action });
    try {
      return await this.emulator.handle(request);
    } catch {
      throw connectionLost();
    } finally {
      if (id !== null) this.emulator.faults.remove(id);
    }
  }

  private serveLater(request: Request, name: string, delayMs: number): void {
    const copy = new Request(request.url, {
      method: request.method,
      headers: request.headers,
      ...(request.body === null ? {} : { body: request.body, duplex: 'half' }),
    });
    void this.scheduler.park(this.wire, `delivers ${name} late`, delayMs).then(() => {
      this.hooks.arrivesLate();
      return this.serve(copy, null);
    });
  }

  /** Small pages, as Google may give them whatever was asked for. */
  private withPageSize(request: Request): Request {
    const url = new URL(request.url);
    if (!url.searchParams.has('maxResults')) return request;
    url.searchParams.set('maxResults', String(this.pageSize));
    return new Request(url, request);
  }
}

const lying: ReadonlySet<string> = new Set(['stale_list', 'empty_list', 'drop_page', 'hide_item']);

function listedCalendar(request: Request): string | null {
  const isListing = request.method === 'GET' && new URL(request.url).pathname.endsWith('/events');
  return isListing ? calendarOf(request) : null;
}

function calendarOf(request: Request): string {
  return decodeURIComponent(/\/calendars\/([^/]+)\//.exec(new URL(request.url).pathname)?.[1] ?? '');
}

function isFullListing(request: Request): boolean {
  const { searchParams } = new URL(request.url);
  return !searchParams.has('syncToken') && !searchParams.has('pageToken');
}

/** The event that a call is about; a create says it in its body alone. */
async function eventIdOf(request: Request, phase: Phase): Promise<string | null> {
  if (phase === 'create') return ((await request.clone().json()) as { readonly id?: string }).id ?? null;
  return /\/events\/([^/]+)/.exec(new URL(request.url).pathname)?.[1] ?? null;
}

/** Short enough for a story, and the same in every run. */
function nameOf(request: Request): string {
  const { pathname, searchParams } = new URL(request.url);
  const short = decodeURIComponent(pathname)
    .replace('/calendar/v3/calendars/', '')
    .replace('@group.calendar.google.com', '')
    .replace(/[a-v0-9]{32}/g, (id) => id.slice(0, 6));
  const tokens = ['syncToken', 'pageToken'].filter((token) => searchParams.has(token));
  return [request.method, short, ...tokens].join(' ');
}

/**
 * What Google does not say of an event that is there, for it is believed: that it is deleted, to whoever deletes it; that it is not known, to
 * whoever reads it.
 */
function neverSaid(action: FaultAction, { method }: Request): boolean {
  if (action.kind !== 'error') return false;
  if (method === 'GET') return action.error === 'notFound';
  return method === 'DELETE' && (action.error === 'deleted' || action.error === 'fullSyncRequired');
}

/** What Google would answer to a create. */
async function pretended(request: Request, nowMs: number): Promise<Response> {
  const event = (await request.json()) as object; // what the production code sends
  const at = new Date(nowMs).toISOString();
  return Response.json({ ...event, etag: '"0"', status: 'confirmed', created: at, updated: at });
}

function connectionLost(): Error {
  const cause = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
  return new TypeError('fetch failed', { cause });
}

function untilGivenUp(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}
