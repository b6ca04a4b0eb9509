import type {
  Listed,
  ReportData,
  ReportedCalendar,
  ReportedEvent,
  ReportedFinding,
  ReportedHold,
  WaitingRow,
} from '../../src/mail/report-data.ts';

export function at(time: string): Date {
  return new Date(`2026-11-${time}Z`);
}

export function listed<Item>(items: readonly Item[], total = items.length): Listed<Item> {
  return { items, total };
}

export function anEvent(stated: Partial<ReportedEvent> = {}): ReportedEvent {
  return {
    key: 'class-42/slot-7',
    eventId: 'abc123',
    summary: 'Algebra',
    start: { kind: 'time', local: '2026-11-30T10:00:00', zone: 'Europe/Copenhagen', offset: null },
    ...stated,
  };
}

export function aFinding(stated: Partial<ReportedFinding> = {}): ReportedFinding {
  return {
    kind: 'drift',
    event: anEvent(),
    fields: [{ field: 'location', kind: 'drift', desired: 'Room 5', applied: 'Room 5', observed: 'Room 7' }],
    reason: 'a person changed it in Google; it is put back',
    flagged: false,
    openedAt: at('22T09:00:00'),
    ended: null,
    hold: null,
    ...stated,
  };
}

export function aHold(stated: Partial<ReportedHold> = {}): ReportedHold {
  return {
    id: 12,
    kind: 'withdrawals',
    reason: '14 withdrawals within an hour are more than 10',
    openedAt: at('22T11:00:00'),
    events: listed([anEvent({ key: 'class-7/slot-1', summary: 'Topology' })], 14),
    ...stated,
  };
}

export function aWaitingRow(stated: Partial<WaitingRow> = {}): WaitingRow {
  return {
    event: anEvent({ key: 'class-9/slot-2', summary: 'Optics' }),
    fault: 'google',
    reason: 'rateLimitExceeded',
    since: at('22T10:00:00'),
    againAt: at('22T12:05:00'),
    parked: false,
    attempts: 3,
    ...stated,
  };
}

export function aCalendar(stated: Partial<ReportedCalendar> = {}): ReportedCalendar {
  return {
    id: 'classes@group.calendar.google.com',
    summary: 'Classes',
    timeZone: 'Europe/Copenhagen',
    account: 'school@example.com',
    policy: 'sync',
    state: 'active',
    stateReason: null,
    stateSince: at('01T00:00:00'),
    observedAt: at('22T11:58:00'),
    open: listed([]),
    flagged: 0,
    ended: listed([]),
    holds: listed([]),
    waiting: listed([]),
    done: {
      turns: 288,
      brokenTurns: 0,
      created: 0,
      patched: 0,
      moved: 0,
      deleted: 0,
      recreated: 0,
      adopted: 0,
      apiCalls: 288,
    },
    ...stated,
  };
}

export function aReportData(calendars: readonly ReportedCalendar[], stated: Partial<ReportData> = {}): ReportData {
  return {
    since: at('21T12:00:00'),
    until: at('22T12:00:00'),
    accounts: [
      { address: 'school@example.com', state: 'active', reason: null, since: at('01T00:00:00'), pausedUntil: null },
    ],
    calendars,
    ...stated,
  };
}

/** A day on which everything happened that a report can tell. */
export function anEventfulDay(): ReportData {
  const patchedBack = { at: at('22T09:05:00'), as: 'mended', by: 'patch' } as const;
  const classes = aCalendar({
    holds: listed([aHold()]),
    flagged: 2,
    open: listed([
      aFinding({
        kind: 'moved',
        flagged: true,
        fields: [],
        event: anEvent({ key: 'class-42/slot-9', summary: 'Geometry' }),
        reason: 'a person moved it to another calendar, and the policy is to leave it until someone decides',
      }),
      aFinding({
        kind: 'contested',
        flagged: true,
        event: anEvent({ key: "o'brien & sons/1", summary: 'Statics <b>bold</b>' }),
        reason: 'it was put back three times within an hour and changed again each time',
      }),
      aFinding({ kind: 'deleted', fields: [], hold: 12, reason: 'a person deleted it in Google; it is created again' }),
      aFinding({
        kind: 'orphan',
        event: { key: null, eventId: '5tq0c1e', summary: null, start: null },
        fields: [],
        reason: 'an event with our mark has neither row nor binding',
      }),
    ]),
    ended: listed(
      [
        aFinding({ ended: patchedBack }),
        aFinding({
          kind: 'deleted',
          fields: [],
          event: anEvent({ start: { kind: 'date', date: '2026-12-01' }, summary: 'Exam day', key: 'exam' }),
          reason: 'a person deleted it in Google; it is created again',
          ended: { at: at('22T09:06:00'), as: 'mended', by: 'create' },
        }),
        aFinding({ ended: { at: at('22T10:00:00'), as: 'accepted', by: null } }),
        aFinding({ ended: { at: at('22T10:00:00'), as: 'gone', by: null } }),
      ],
      37,
    ),
    waiting: listed([
      aWaitingRow({
        parked: true,
        fault: 'row',
        reason: 'Google refuses it: invalid (400)',
        againAt: null,
        attempts: 1,
      }),
      aWaitingRow(),
      aWaitingRow({ fault: 'calsync', reason: 'withheld by the policy of the calendar', againAt: null, attempts: 0 }),
    ]),
    done: {
      ...aCalendar().done,
      created: 120,
      patched: 8,
      recreated: 3,
      deleted: 2,
      brokenTurns: 1,
      turns: 288,
      apiCalls: 421,
    },
  });
  const labs = aCalendar({
    id: 'labs@group.calendar.google.com',
    summary: 'Labs',
    account: 'labs@example.com',
    timeZone: 'America/New_York',
    policy: 'upsert-only',
    state: 'unavailable',
    stateReason: 'Google answers 404',
    stateSince: at('22T07:00:00'),
    waiting: listed([aWaitingRow({ fault: 'account', reason: 'insufficientPermissions', againAt: null })]),
  });
  const quiet = aCalendar({ id: 'quiet@group.calendar.google.com', summary: 'Rooms', observedAt: null });
  return aReportData([classes, labs, quiet], {
    accounts: [
      {
        address: 'labs@example.com',
        state: 'reauth_required',
        reason: 'invalid_grant',
        since: at('22T07:00:00'),
        pausedUntil: null,
      },
      {
        address: 'school@example.com',
        state: 'quota_paused',
        reason: 'quotaExceeded',
        since: at('22T11:30:00'),
        pausedUntil: at('22T13:00:00'),
      },
    ],
  });
}
