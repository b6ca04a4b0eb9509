/*
 * What a drift report is made from: plain data of one span of time, without the rows of tests.
 */
import type { Fault } from '../core/error.ts';
import type { EventTime } from '../core/event-time.ts';
import type { FieldDifference } from '../core/field-diff.ts';
import type { FindingKind } from '../core/plan.ts';
import type { SyncPolicy } from '../core/policy.ts';
import type { HoldKind } from '../core/state.ts';

export interface ReportData {
  readonly since: Date;
  readonly until: Date;
  readonly accounts: readonly ReportedAccount[];
  readonly calendars: readonly ReportedCalendar[];
}

/** The first few of many. */
export interface Listed<Item> {
  readonly items: readonly Item[];
  readonly total: number;
}

export interface ReportedAccount {
  readonly address: string;
  readonly state: 'active' | 'reauth_required' | 'quota_paused';
  readonly reason: string | null;
  readonly since: Date;
  readonly pausedUntil: Date | null;
}

export interface ReportedCalendar {
  readonly id: string;
  readonly summary: string;
  readonly timeZone: string;
  readonly account: string;
  readonly policy: SyncPolicy;
  readonly state: 'active' | 'unavailable' | 'unknown' | 'held';
  readonly stateReason: string | null;
  readonly stateSince: Date;
  readonly observedAt: Date | null;
  /** Differences that stand, those that wait for a person first. */
  readonly open: Listed<ReportedFinding>;
  /** How many of the open ones wait for a person and are in no hold. */
  readonly flagged: number;
  /** Differences that ended since, the newest first. */
  readonly ended: Listed<ReportedFinding>;
  readonly holds: Listed<ReportedHold>;
  /** Rows that are written and not in Google, and wait. Those of a hold are named there. */
  readonly waiting: Listed<WaitingRow>;
  readonly done: WorkDone;
}

/** An event as far as it can be named to a person. */
export interface ReportedEvent {
  readonly key: string | null;
  readonly eventId: string | null;
  readonly summary: string | null;
  readonly start: EventTime | null;
}

export interface ReportedFinding {
  readonly kind: FindingKind;
  readonly event: ReportedEvent;
  readonly fields: readonly FieldDifference[];
  readonly reason: string;
  readonly flagged: boolean;
  readonly openedAt: Date;
  readonly ended: {
    readonly at: Date;
    readonly as: 'mended' | 'accepted' | 'gone';
    readonly by: CallKind | null;
  } | null;
  /** The open hold that the key is part of. */
  readonly hold: number | null;
}

export type CallKind = 'create' | 'patch' | 'move' | 'delete';

export interface ReportedHold {
  readonly id: number;
  readonly kind: HoldKind;
  readonly reason: string;
  readonly openedAt: Date;
  readonly events: Listed<ReportedEvent>;
}

export interface WaitingRow {
  readonly event: ReportedEvent;
  readonly fault: Fault;
  readonly reason: string;
  readonly since: Date;
  /** When it is looked at again by itself; null: when something changes. */
  readonly againAt: Date | null;
  readonly parked: boolean;
  readonly attempts: number;
}

/** Sums over the turns of the span. */
export interface WorkDone {
  readonly turns: number;
  /** Turns that an error ended. */
  readonly brokenTurns: number;
  readonly created: number;
  readonly patched: number;
  readonly moved: number;
  readonly deleted: number;
  readonly recreated: number;
  readonly adopted: number;
  readonly apiCalls: number;
}
