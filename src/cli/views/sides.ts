/** Fields with their three sides: in columns where they fit, else one under the other. */
import type { Paint } from '../output.ts';
import { printable } from './printable.ts';
import { tableText } from './table.ts';

export interface Side {
  readonly name: string;
  /** Null: nothing is stated, was written, or is shown. */
  readonly desired: string | null;
  readonly applied: string | null;
  readonly observed: string | null;
}

interface SidesLook {
  readonly paint: Paint;
  readonly columns: number | null;
  readonly indent: number;
}

const heads = ['', 'the table says', 'last written', 'Google shows'] as const;
/** Wider values are read more easily under each other, on a wide screen too. */
const mostColumnCharacters = 60;
const unknownColumns = 160;
/** Of each value; the whole of it is in `diff KEY` and in `--json`. */
const mostCharacters = 600;

export function sidesText(sides: readonly Side[], look: SidesLook): string {
  const fitting = sides.filter((side) => fits(side, look));
  const others = sides.filter((side) => !fits(side, look));
  return [columnsText(fitting, look), ...others.map((side) => stackedText(side, look))]
    .filter((text) => text !== '')
    .join('\n');
}

function fits({ name, ...values }: Side, { columns, indent }: SidesLook): boolean {
  const texts = Object.values(values).map((value) => value ?? nothing);
  const width = indent + name.length + texts.reduce((sum, text) => sum + Math.max(text.length, heads[1].length) + 2, 0);
  const room = columns ?? unknownColumns;
  return width <= room && texts.every((text) => text.length <= mostColumnCharacters && !text.includes('\n'));
}

function columnsText(sides: readonly Side[], { paint, indent }: SidesLook): string {
  if (sides.length === 0) return '';
  const rows = sides.map((side) => [side.name, ...valuesOf(side, paint)]);
  return indented(tableText(heads, rows, paint), indent);
}

function stackedText(side: Side, { paint, indent }: SidesLook): string {
  const values = valuesOf(side, paint);
  const lines = heads.slice(1).map((head, index) => {
    const value = shorten(values[index] ?? '');
    return `${paint.dim(head.padEnd(heads[1].length))}  ${value.replaceAll('\n', `\n${' '.repeat(heads[1].length + 4)}`)}`;
  });
  return indented([side.name, ...lines.map((line) => `  ${line}`)].join('\n'), indent);
}

const nothing = '–';

/** What differs from the table is marked. */
function valuesOf({ desired, applied, observed }: Side, paint: Paint): readonly string[] {
  const shown = (value: string | null) => (value === null || value === '' ? paint.dim(nothing) : printable(value));
  const marked = (value: string | null) =>
    value === desired ? shown(value) : paint.yellow(value === null || value === '' ? nothing : printable(value));
  return [shown(desired), marked(applied), marked(observed)];
}

function shorten(text: string): string {
  return text.length <= mostCharacters ? text : `${text.slice(0, mostCharacters)}… (${text.length} characters)`;
}

function indented(text: string, indent: number): string {
  return text
    .split('\n')
    .map((line) => `${' '.repeat(indent)}${line}`)
    .join('\n');
}
