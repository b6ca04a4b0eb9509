/** The way between a process and Google: requests and answers are parked here, and the tape of faults acts here. */

import type { FaultAction } from '../../src/emulator/faults.ts';
import type { Emulator } from '../../src/emulator/index.ts';
import type { FetchImplementation } from '../../src/google/transport.ts';
import { Cells, isChange, phaseOf } from './cells.ts';
import type { NetworkFault } from './faults.ts';
import type { Actor, Scheduler } from './scheduler.ts';
import type { Outage } from './workload/google.ts';

const never = new Promise<never>(() => undefined);

export interface NetworkHooks {
  /** Asked once for each request, in order. */
  faultOf(isChange: boolean): NetworkFault | null;
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
  /** The actor sends a call, and changes what is at that place with it, if that is stated. */
  calls(actor: Actor, place: string | null): void;
}

export class Network {
  calls = 0;
  /** Calls that would change something. */
  changes = 0;
  readonly cells = new Cells();
  /** While Google is away every call fails alike. */
  away: { readonly sinceMs: number; readonly untilMs: number; readonly how: Outage } | null = null;
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
    // A create says its id in its body alone.
    this.hooks.calls(actor, isChange(phase) && phase !== 'create' ? new URL(request.url).pathname : null);
    const name = `#${this.calls} ${nameOf(request)}`;
    const fault = this.hooks.faultOf(isChange(phase)) ?? this.absence();
    await this.scheduler.park(actor, `sends ${name}`, this.hooks.delayMs());
    if (fault !== null) {
      this.scheduler.say('fault', `${JSON.stringify(fault)} on ${name}`);
      this.cells.struck(phase, fault);
    }
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
    return response;
  }

  private absence(): NetworkFault | null {
    if (this.away === null || this.scheduler.now() >= this.away.untilMs) return null;
    const { how, sinceMs } = this.away;
    this.hooks.calledInVain(this.scheduler.now() - sinceMs);
    return how === 'serviceUnavailable' ? { kind: 'answer', action: { kind: 'error', error: how } } : { kind: how };
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

/** That an event is deleted is believed to whoever deletes it: Google does not say so of one that is there. */
function neverSaid(action: FaultAction, { method }: Request): boolean {
  return (
    method === 'DELETE' &&
    action.kind === 'error' &&
    (action.error === 'deleted' || action.error === 'fullSyncRequired')
  );
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
