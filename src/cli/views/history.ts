/** The history of one key: its writers, what others did in Google, and our own calls, oldest first. */
import type { HistoryCall, HistoryChange, HistoryEntry, KeyHistory } from '../../store/history.ts';
import type { Paint } from '../output.ts';
import { changeLines, deedText } from './change-lines.ts';
import { printable } from './printable.ts';
import { formatInstant } from './units.ts';

export function historyText(key: string, { entries, isWhole }: KeyHistory, paint: Paint): string {
  if (entries.length === 0) return `Nothing is known of the key ${printable(key)}.`;
  const older = isWhole ? [] : [paint.dim('older entries: calsync history KEY --json --most N'), ''];
  return [paint.bold(printable(key)), '', ...older, ...entryLines(entries, paint)].join('\n');
}

export function entryLines(entries: readonly HistoryEntry[], paint: Paint): readonly string[] {
  return entries.flatMap((entry) => (entry.kind === 'call' ? callLines(entry, paint) : changeText(entry, paint)));
}

function changeText(change: HistoryChange, paint: Paint): readonly string[] {
  const who = `${paint.bold(printable(change.actor))}${change.source === 'caller' ? ` (${change.door})` : ''}`;
  const number =
    change.source === 'google' && change.kind.startsWith('google')
      ? ''
      : `  ${paint.dim(`generation ${change.generation}, revision ${change.revision}`)}`;
  return [
    `${formatInstant(change.at)}  ${who} ${deedText(change)}${number}`,
    ...changeLines(change).map((line) => `${' '.repeat(22)}${line}`),
  ];
}

const outcomes: Readonly<Record<HistoryCall['outcome'], string>> = {
  done: 'done',
  not_done: 'had no effect',
  overtaken: 'somebody else’s change came first',
  open: 'how it ended is not known yet',
};

function callLines(call: HistoryCall, paint: Paint): readonly string[] {
  const where = call.destination === null ? call.calendar : `${call.calendar} to ${call.destination}`;
  const why = call.error === null ? '' : ` (${call.error.reason ?? call.error.kind})`;
  const repairs = call.repairs.length === 0 ? '' : `, putting back ${call.repairs.join(', ')}`;
  return [
    `${formatInstant(call.at)}  ${paint.dim(`calsync → Google: ${call.call} on ${where}${repairs}: ${outcomes[call.outcome]}${why}`)}`,
  ];
}

export function historyDocument(key: string, { entries, isWhole }: KeyHistory): unknown {
  return { key, whole: isWhole, entries: entries.map(entryDocument) };
}

function entryDocument(entry: HistoryEntry): unknown {
  if (entry.kind === 'call') {
    const { at, settledAt, ...call } = entry;
    return { ...call, at: at.toISOString(), settledAt: settledAt?.toISOString() ?? null };
  }
  const { id: _, at, ...change } = entry;
  return { ...change, at: at.toISOString() };
}
