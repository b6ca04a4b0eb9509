import type { Replay, ReplayDifference } from '../../store/replay.ts';
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';

export function replayText({ keys, rows, differences, differenceCount }: Replay, paint: Paint): string {
  const compared = `${countOf(keys, 'key')}, ${countOf(rows, 'row')} of events and guests`;
  if (differenceCount === 0) return `${paint.green('The tables are what the history says')}: ${compared}.`;
  const more = differenceCount - differences.length;
  return [
    paint.red(`${countOf(differenceCount, 'difference')} between the history and the tables (${compared}):`),
    ...differences.map((difference) => `  ${printable(difference.key)}: ${differenceText(difference)}`),
    ...(more > 0 ? [`  … and ${more} more`] : []),
  ].join('\n');
}

function differenceText(difference: ReplayDifference): string {
  switch (difference.kind) {
    case 'row_missing':
      return 'the history ends with a row, and the table has none';
    case 'row_unexplained':
      return 'the table has a row that the history does not lead to';
    case 'row_differs':
      return `the row differs in ${difference.columns.join(', ')}`;
    case 'guest_missing':
      return `the guest ${printable(difference.address)} is in the history and not in the table`;
    case 'guest_unexplained':
      return `the guest ${printable(difference.address)} is in the table and not in the history`;
    case 'guest_differs':
      return `the guest ${printable(difference.address)} differs in ${difference.columns.join(', ')}`;
    case 'counter_differs':
      return 'its numbers were not kept as they were when it was withdrawn';
    case 'history_gap':
      return `its history has a hole after revision ${difference.afterRevision}`;
  }
}
