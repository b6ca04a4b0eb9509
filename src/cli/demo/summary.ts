import Table from 'cli-table3';
import type { Paint } from '../output.ts';
import type { StepResult } from './story.ts';

const columns = ['list', 'get', 'insert', 'patch', 'move', 'delete'] as const;

/** What was done, whether it held, and how many calls to Google it took. */
export function summaryTable(results: readonly StepResult[], paint: Paint): string {
  const table = new Table({
    head: ['step', 'held', 'seconds', ...columns, 'other'],
    colAligns: ['left', 'left', ...Array<'right'>(columns.length + 2).fill('right')],
    style: { head: [], border: [] },
  });
  for (const { step, held, seconds, calls } of results) {
    table.push([step, held ? paint.green('yes') : paint.red('NO'), seconds.toFixed(1), ...cellsOf(calls)]);
  }
  const total = (of: (result: StepResult) => number) => results.reduce((sum, result) => sum + of(result), 0);
  const sums: Record<string, number> = {};
  for (const { calls } of results)
    for (const [name, count] of Object.entries(calls)) sums[name] = (sums[name] ?? 0) + count;
  table.push([
    paint.bold('in all'),
    results.every(({ held }) => held) ? 'yes' : 'NO',
    total(({ seconds }) => seconds).toFixed(1),
    ...cellsOf(sums),
  ]);
  return `\n${table.toString()}`;
}

function cellsOf(calls: Readonly<Record<string, number>>): readonly string[] {
  const other = Object.entries(calls).reduce(
    (sum, [name, count]) => (columns.some((column) => column === name) ? sum : sum + count),
    0,
  );
  return [...columns.map((name) => String(calls[name] ?? 0)), String(other)];
}
