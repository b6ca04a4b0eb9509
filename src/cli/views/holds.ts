import type { HoldKind } from '../../core/state.ts';
import type { Decision } from '../../engine/decisions.ts';
import type { StoredHold } from '../../store/hold.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { countOf, formatInstant } from './units.ts';

const mostKeysListed = 10;

interface HoldWords {
  readonly stopped: string;
  readonly approve: string;
  readonly reject: string;
}

/** What was stopped, and what either decision leads to. */
const words: Readonly<Record<HoldKind, HoldWords>> = {
  withdrawals: {
    stopped: 'deleting events in Google',
    approve: 'delete exactly these events',
    reject: 'bring their rows back; nothing is deleted',
  },
  recreates: {
    stopped: 'creating events again that were deleted in Google',
    approve: 'create exactly these events again',
    reject: 'cancel their rows; they stay deleted',
  },
  rekey: {
    stopped: 'deleting events of withdrawn keys and creating the same ones under new keys',
    approve: 'delete and create exactly these events: guests are invited anew and their answers are lost',
    reject: 'bring the withdrawn rows back and cancel the new ones; nothing changes in Google',
  },
  lookalike: {
    stopped: 'creating an event beside one that looks the same',
    approve: 'create it all the same',
    reject: 'cancel the row; the other event stays',
  },
  deleted_with_copy: {
    stopped: 'creating an event again that seems to have been replaced by another one',
    approve: 'create it again beside the other one',
    reject: 'cancel the row; the other event stays',
  },
  table_older: {
    stopped: 'every write: events in Google are newer than the table, so the database may be an old copy',
    approve: 'the table is right: put its state through',
    reject: 'the calendar is right: let these rows take over what Google shows',
  },
  mark_taken: {
    stopped: 'writing to an event that another calsync has marked as its own',
    approve: 'treat it as ours and put our mark back',
    reject: 'cancel the row; the event stays as it is',
  },
};

export function holdsText(holds: readonly StoredHold[], paint: Paint): string {
  if (holds.length === 0) return 'Nothing waits for a decision.';
  return holds.map((hold) => holdText(hold, paint)).join('\n\n');
}

function holdText({ id, calendar, kind, reason, openedAt, items }: StoredHold, paint: Paint): string {
  const pairs = items.filter(({ replaces }) => replaces !== undefined);
  const keys =
    pairs.length > 0
      ? pairs.map(({ key, replaces }) => `${replaces} → ${key}`)
      : [...new Set(items.map(({ key }) => key))];
  const shown = keys.slice(0, mostKeysListed).map((key) => `    ${printable(key)}`);
  const more = keys.length > shown.length ? [`    … and ${keys.length - shown.length} more`] : [];
  const { stopped, approve, reject } = words[kind];
  return [
    `${paint.bold(paint.magenta(`hold ${id}`))} on ${calendar}, since ${formatInstant(openedAt)}`,
    `  stopped: ${stopped}`,
    `  why: ${printable(reason)}`,
    `  ${countOf(keys.length, 'event')}:`,
    ...shown,
    ...more,
    ...(kind === 'rekey'
      ? [`  calsync rekey --hold ${id}  ${paint.dim('keep the events, guests’ answers included, under the new keys')}`]
      : []),
    `  calsync approve ${id}  ${paint.dim(approve)}`,
    `  calsync reject ${id}   ${paint.dim(reject)}`,
  ].join('\n');
}

export function holdDocument({ id, calendar, kind, reason, openedAt, items }: StoredHold): unknown {
  return {
    hold: id,
    calendar,
    kind,
    reason,
    openedAt: openedAt.toISOString(),
    items: items.map(({ key, eventId, revision, replaces }) =>
      replaces === undefined ? { key, eventId, revision } : { key, eventId, revision, replaces },
    ),
  };
}

export function decisionText({ hold, decision, consequence }: Decision): string {
  return `${decision} hold ${hold.id} on ${hold.calendar} (${countOf(hold.items.length, 'event')}): ${consequence}`;
}

export function decisionDocument({ hold, decision, consequence }: Decision): unknown {
  return { hold: hold.id, calendar: hold.calendar, kind: hold.kind, decision, events: hold.items.length, consequence };
}
