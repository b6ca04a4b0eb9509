/** Everything about one event on one page: for whoever has to answer "my event does not show". */
import type { DiffReport } from '../../engine/diff.ts';
import type { EventStanding } from '../../store/event-status.ts';
import type { ListedFinding } from '../../store/finding-page.ts';
import type { KeyHistory } from '../../store/history.ts';
import type { StoredHold } from '../../store/hold.ts';
import type { DiffLook } from './diff.ts';
import { diffDocument } from './diff-document.ts';
import { entryLines, historyDocument } from './history.ts';
import { holdDocument, holdsText } from './holds.ts';
import { keyText } from './key.ts';
import { printable } from './printable.ts';
import { formatInstant } from './units.ts';

export interface Explained {
  readonly key: string;
  readonly report: DiffReport;
  /** Null: nothing is recorded that a status could be told from. */
  readonly standing: EventStanding | null;
  readonly findings: readonly ListedFinding[];
  readonly holds: readonly StoredHold[];
  readonly history: KeyHistory;
}

export function explainText({ report, standing, findings, holds, history }: Explained, look: DiffLook): string {
  const { paint } = look;
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : ['', paint.bold(title), ...lines.map((line) => `  ${line}`)];
  return [
    ...(standing === null ? [] : standingLines(standing, look)),
    '',
    keyText(report, look),
    ...section('Open findings', findings.map(findingText)),
    ...(holds.length === 0 ? [] : ['', holdsText(holds, paint)]),
    ...section(history.isWhole ? 'What happened' : 'What happened last', entryLines(history.entries, paint)),
  ]
    .join('\n')
    .trimStart();
}

function standingLines({ attendees, ...event }: EventStanding, { paint }: DiffLook): readonly string[] {
  const others = attendees.filter(({ status }) => status !== event.status);
  return [
    `${paint.bold('Status')}: ${statusText(event)}`,
    ...others.map((guest) => `  guest ${printable(guest.address)}: ${statusText(guest)}`),
  ];
}

function statusText({
  status,
  reason,
  fault,
  since,
}: Omit<EventStanding, 'key' | 'generation' | 'revision' | 'attendees'>): string {
  const whose = fault === null ? '' : `, fault: ${fault}`;
  const when = since === null ? '' : `, since ${formatInstant(since)}`;
  return `${status.replaceAll('_', ' ')}: ${printable(reason)}${whose}${when}`;
}

function findingText({ id, kind, reason, openedAt, flagged }: ListedFinding): string {
  const waits = flagged ? '; it waits for a person' : '';
  return `${id} ${kind.replaceAll('_', ' ')}, since ${formatInstant(openedAt)}: ${printable(reason)}${waits}`;
}

export function explainDocument({ key, report, standing, findings, holds, history }: Explained): unknown {
  return {
    key,
    status: standing === null ? null : standingDocument(standing),
    diff: diffDocument(report),
    findings: findings.map(({ openedAt, closedAt, id, ...finding }) => ({
      finding: id,
      ...finding,
      openedAt: openedAt.toISOString(),
      closedAt: closedAt?.toISOString() ?? null,
    })),
    holds: holds.map(holdDocument),
    history: historyDocument(key, history),
  };
}

function standingDocument({ attendees, key: _, ...event }: EventStanding): unknown {
  const dated = <Standing extends { readonly since: Date | null }>(standing: Standing) => ({
    ...standing,
    since: standing.since?.toISOString() ?? null,
  });
  return { ...dated(event), attendees: attendees.map(dated) };
}
