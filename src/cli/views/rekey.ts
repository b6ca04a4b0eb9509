import type { RekeyResult } from '../../engine/rekey.ts';
import { printable } from './printable.ts';
import { countOf } from './units.ts';

const mostListed = 20;

export function rekeyText(result: RekeyResult): string {
  if (result.kind === 'rekeyed')
    return `${countOf(result.pairs.length, 'event')} got another key; the next run puts it on them in Google, in place`;
  const shown = result.problems
    .slice(0, mostListed)
    .map(({ from, to, message }) => `  ${printable(from)} → ${printable(to)}: ${printable(message)}`);
  const more = result.problems.length - shown.length;
  return ['no key was changed:', ...shown, ...(more > 0 ? [`  … and ${more} more`] : [])].join('\n');
}

export function rekeyDocument(result: RekeyResult): unknown {
  const named = ({ from, to }: { readonly from: string; readonly to: string }) => ({ old: from, new: to });
  return result.kind === 'rekeyed'
    ? { rekeyed: result.pairs.map(named), problems: [] }
    : { rekeyed: [], problems: result.problems.map((problem) => ({ ...named(problem), message: problem.message })) };
}
