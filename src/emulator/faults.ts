import { type ApiError, apiError, type ErrorName, errorShapes } from './api-error.ts';
import type { ListingFaults } from './events-list.ts';
import type { Json } from './model.ts';
import { type NewerErrorName, newerErrors } from './newer-errors.ts';
import type { State } from './state.ts';

/** Every error body by its short name, classic ones and newer ones. */
export type FaultError = ErrorName | NewerErrorName;
export const faultErrors = [...Object.keys(errorShapes), ...Object.keys(newerErrors)] as [FaultError, ...FaultError[]];

export function errorNamed(name: FaultError): ApiError {
  return name in newerErrors ? newerErrors[name as NewerErrorName]() : apiError(name as ErrorName);
}

/** The header `Retry-After`: so many seconds, or the moment that is as far away, as an HTTP date (RFC 9110, 10.2.3). */
export interface RetryAfter {
  readonly seconds: number;
  readonly as: 'seconds' | 'date';
}

/** What goes wrong. Those that speak of a listing touch `events.list` alone. */
export type FaultAction =
  /** One of the known error bodies, before anything is applied. */
  | { readonly kind: 'error'; readonly error: FaultError; readonly retryAfter?: RetryAfter }
  /** Any answer, before anything is applied. A string goes out as it is. */
  | { readonly kind: 'answer'; readonly status: number; readonly body?: Json; readonly contentType?: string }
  /** A front end's HTML page, before anything is applied. */
  | { readonly kind: 'html'; readonly status?: 502 | 504 }
  /** Applied, and the connection breaks instead of the answer. */
  | { readonly kind: 'lose_answer' }
  /** Applied, and answered with this error all the same. */
  | { readonly kind: 'error_after'; readonly error: FaultError; readonly retryAfter?: RetryAfter }
  /** Applied, and half of the answer's body goes out. */
  | { readonly kind: 'truncate' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The answer never comes; `apply` says whether the request took effect. */
  | { readonly kind: 'never_answer'; readonly apply?: boolean }
  /** The calendar as it was so many versions ago. */
  | { readonly kind: 'stale_list'; readonly versions: number }
  | { readonly kind: 'empty_list' }
  | { readonly kind: 'hide_item'; readonly eventId: string }
  /** The page is shown again on the way to the next one: its page token leads back to it, once. */
  | { readonly kind: 'repeat_page' }
  /** The page after the one that is hit is never shown. */
  | { readonly kind: 'drop_page' }
  /** All sync tokens of the calendar end before the listing is read. */
  | { readonly kind: 'token_wipe' }
  /** Before a write to an event is looked at, something moves its etag, as a guest's answer would. */
  | { readonly kind: 'touch_event' }
  /** These four speak of push messages (operation `push`, the path is the channel's address). */
  | { readonly kind: 'push_lost' }
  | { readonly kind: 'push_doubled' }
  | { readonly kind: 'push_late'; readonly delayMs: number }
  /** Held back until the next message has gone out. */
  | { readonly kind: 'push_reordered' }
  /** A forgery with another token, or none, goes out before the true message. */
  | { readonly kind: 'push_forged'; readonly token?: string };

export interface FaultRule {
  readonly match?: {
    readonly method?: string;
    /** A regular expression over the decoded path. */
    readonly path?: string;
    /** Google's name of the method, such as `calendar.events.insert`. */
    readonly operation?: string;
    readonly account?: string;
  };
  /** The first matching call that is hit, from 1. */
  readonly nth?: number;
  /** How many matching calls are hit from there on; 1 when not given, `null` for all. */
  readonly times?: number | null;
  /** Hits only this share of them, chosen by the seed. */
  readonly chance?: number;
  readonly action: FaultAction;
}

export interface FaultTarget {
  readonly method: string;
  readonly path: string;
  readonly operation: string;
  readonly account: string | undefined;
}

interface Armed {
  readonly id: string;
  readonly rule: FaultRule;
  readonly path: RegExp | undefined;
  seen: number;
  hits: number;
}

export interface Hit {
  readonly id: string;
  readonly action: FaultAction;
}

/** The one list of rules; every rule that matches a request hits it. */
export class Faults {
  private readonly state: State;
  private armed: Armed[] = [];
  private made = 0;

  constructor(state: State) {
    this.state = state;
  }

  /** Throws for a path that is no regular expression. */
  add(rule: FaultRule): string {
    this.made += 1;
    const path = rule.match?.path === undefined ? undefined : new RegExp(rule.match.path);
    const armed = { id: `fault-${this.made}`, rule, path, seen: 0, hits: 0 };
    this.armed.push(armed);
    return armed.id;
  }

  remove(id: string): boolean {
    const before = this.armed.length;
    this.armed = this.armed.filter((armed) => armed.id !== id);
    return this.armed.length < before;
  }

  clear(): void {
    this.armed = [];
  }

  list(): { id: string; rule: FaultRule; seen: number; hits: number }[] {
    return this.armed.map(({ id, rule, seen, hits }) => ({ id, rule, seen, hits }));
  }

  hitsOn(target: FaultTarget): readonly Hit[] {
    if (this.armed.length === 0) return [];
    return this.armed
      .filter((armed) => this.strikes(armed, target))
      .map(({ id, rule }) => ({ id, action: rule.action }));
  }

  private strikes(armed: Armed, target: FaultTarget): boolean {
    if (!matches(armed, target)) return false;
    armed.seen += 1;
    const { nth = 1, times = 1, chance = 1 } = armed.rule;
    if (armed.seen < nth || (times !== null && armed.hits >= times)) return false;
    if (chance < 1 && Number.parseInt(this.state.nextHex('fault').slice(0, 8), 16) / 2 ** 32 >= chance) return false;
    armed.hits += 1;
    return true;
  }
}

function matches({ rule, path }: Armed, target: FaultTarget): boolean {
  const { method, operation, account } = rule.match ?? {};
  if (isListing(rule.action) && target.operation !== 'calendar.events.list') return false;
  // A rule without a word on pushes means requests.
  const aboutPush = rule.action.kind.startsWith('push_') || operation === 'push';
  if (aboutPush !== (target.operation === 'push')) return false;
  if (method !== undefined && method.toUpperCase() !== target.method) return false;
  if (operation !== undefined && operation !== target.operation) return false;
  if (account !== undefined && account.toLowerCase() !== target.account) return false;
  return path === undefined || path.test(target.path);
}

function isListing({ kind }: FaultAction): boolean {
  return listingKinds.has(kind);
}

const listingKinds: ReadonlySet<string> = new Set<FaultAction['kind']>([
  'stale_list',
  'empty_list',
  'hide_item',
  'repeat_page',
  'drop_page',
  'token_wipe',
]);

/** What the hits do to a listing. */
export function listingFaults(hits: readonly Hit[]): ListingFaults {
  const hiddenIds = new Set<string>();
  let olderByVersions = 0;
  let empty = false;
  let repeatPage = false;
  let dropPage = false;
  let wipeTokens = false;
  for (const { action } of hits) {
    if (action.kind === 'stale_list') olderByVersions = action.versions;
    if (action.kind === 'empty_list') empty = true;
    if (action.kind === 'hide_item') hiddenIds.add(action.eventId);
    if (action.kind === 'repeat_page') repeatPage = true;
    if (action.kind === 'drop_page') dropPage = true;
    if (action.kind === 'token_wipe') wipeTokens = true;
  }
  return { olderByVersions, empty, hiddenIds, repeatPage, dropPage, wipeTokens };
}
