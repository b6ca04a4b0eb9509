import picocolors from 'picocolors';
import { wantsColour } from '../config.ts';
import type { World } from './world.ts';

/** Colours, or none: the same functions either way. */
export type Paint = ReturnType<typeof picocolors.createColors>;

export const plainPaint: Paint = picocolors.createColors(false);

/** Where results and everything else go. */
export interface Output {
  /** For text on stdout: colours only where a terminal shows them. */
  readonly paint: Paint;
  /** Columns of the terminal; null when stdout is none. */
  readonly columns: number | null;
  /** A result, as text: to stdout, ended by a line break. */
  result(text: string): void;
  /** A result, as one JSON document. */
  json(document: unknown): void;
  /** Anything else for a person: to stderr. */
  note(text: string): void;
  warn(text: string): void;
  fail(text: string): void;
}

/** A terminal that does not know its width says 0. */
const unknownColumns = 80;

export function createOutput(world: World): Output {
  const paint = picocolors.createColors(world.stdout.isTTY === true && wantsColour(world.environment));
  const notePaint = picocolors.createColors(world.stderr.isTTY === true && wantsColour(world.environment));
  const line = (text: string): string => (text === '' || text.endsWith('\n') ? text : `${text}\n`);
  return {
    paint,
    columns: world.stdout.isTTY === true ? world.stdout.columns || unknownColumns : null,
    result: (text) => void world.stdout.write(line(text)),
    json: (document) => void world.stdout.write(`${JSON.stringify(document, null, 2)}\n`),
    note: (text) => void world.stderr.write(line(text)),
    warn: (text) => void world.stderr.write(line(`${notePaint.yellow('warning:')} ${text}`)),
    fail: (text) => void world.stderr.write(line(`${notePaint.red('calsync:')} ${text}`)),
  };
}
