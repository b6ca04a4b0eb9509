import type { ScheduleChanges } from '../../write/apply.ts';
import type { Paint } from '../output.ts';
import { countOf } from './units.ts';

/** Keys listed under each heading; more are counted. */
const mostListed = 20;

/** What a schedule changes: every list with its keys, then the numbers. */
export function appliedText(changes: ScheduleChanges, kind: 'applied' | 'planned', paint: Paint): string {
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
  ].filter((list) => list !== '');
  const numbers = `${added.length} added, ${changed.length} changed, ${removed.length} removed, ${unchangedCount} unchanged`;
  const left = leftCancelled.length === 0 ? '' : `, ${leftCancelled.length} left cancelled`;
  const head = will ? `Nothing was written. It would be: ${numbers}${left}.` : `${numbers}${left}.`;
  return [...lists, head].join('\n');
}

function listText(title: string, keys: readonly string[]): string {
  if (keys.length === 0) return '';
  const shown = keys.slice(0, mostListed).map((key) => `  ${key}`);
  const more = keys.length > shown.length ? [`  … and ${countOf(keys.length - shown.length, 'more', 'more')}`] : [];
  return [`${title}:`, ...shown, ...more].join('\n');
}

export function appliedDocument(changes: ScheduleChanges, kind: 'applied' | 'planned'): unknown {
  const { added, changed, removed, leftCancelled, unchangedCount } = changes;
  return { applied: kind === 'applied', added, changed, removed, leftCancelled, unchanged: unchangedCount };
}
