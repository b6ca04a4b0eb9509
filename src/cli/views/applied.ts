import type { ApplyResult } from '../../write/apply.ts';
import { type FileProblem, fileProblemText } from '../../write/file-problem.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';

type Applied = Exclude<ApplyResult, { kind: 'refused' }>;

/** A row that was left out, where it stands and why. */
export type SkippedRow = FileProblem;

/** Keys listed under each heading; more are counted. */
const mostListed = 20;

/** What a schedule changes: every list with its keys, the rows that were skipped, then the numbers. */
export function appliedText({ changes, kind, held }: Applied, skipped: readonly SkippedRow[], paint: Paint): string {
  const { added, changed, removed, leftCancelled, unchangedCount } = changes;
  const will = kind === 'planned';
  const lists = [
    listText(paint.green(will ? 'would be added' : 'added'), added),
    listText(
      paint.yellow(will ? 'would be changed' : 'changed'),
      changed.map(({ key, fields }) => `${key} (${fields.join(', ')})`),
    ),
    listText(paint.red(will ? 'would be removed' : 'removed'), removed),
    listText('cancelled before, and left cancelled', leftCancelled),
    allText(paint.red('skipped'), skipped.map(fileProblemText)),
    ...held.map(({ calendar, count, reason }) => {
      const verb = will ? 'would hold' : 'will hold';
      return `the guard ${verb} the ${countOf(count, 'removal')} on ${printable(calendar)} until they are approved (calsync holds): ${reason}`;
    }),
  ].filter((list) => list !== '');
  const numbers = `${added.length} added, ${changed.length} changed, ${removed.length} removed, ${unchangedCount} unchanged`;
  const left = leftCancelled.length === 0 ? '' : `, ${leftCancelled.length} left cancelled`;
  const out = skipped.length === 0 ? '' : `, ${countOf(skippedCount(skipped), 'row')} skipped`;
  const head = will ? `Nothing was written. It would be: ${numbers}${left}${out}.` : `${numbers}${left}${out}.`;
  return [...lists, head].join('\n');
}

function listText(title: string, keys: readonly string[]): string {
  const shown = keys.slice(0, mostListed);
  const more = keys.length > shown.length ? [`… and ${countOf(keys.length - shown.length, 'more', 'more')}`] : [];
  return allText(title, [...shown, ...more]);
}

function allText(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [`${title}:`, ...lines.map((line) => `  ${printable(line)}`)].join('\n');
}

/** A row may have several problems. */
function skippedCount(skipped: readonly SkippedRow[]): number {
  return new Set(skipped.map(({ line, event }) => `${line} ${event}`)).size;
}

export function appliedDocument({ changes, kind, held }: Applied, skipped: readonly SkippedRow[]): unknown {
  const { added, changed, removed, leftCancelled, unchangedCount } = changes;
  return {
    applied: kind === 'applied',
    added,
    changed,
    removed,
    leftCancelled,
    unchanged: unchangedCount,
    held,
    skipped: skipped.map(({ line, event, column, message }) => ({ line, event, field: column, message })),
  };
}
