/** An iCalendar stream (RFC 5545 §3.1) taken apart into its components, each with the lines on which it stands. */
export interface IcsLine {
  /** Counted from 1; where it is folded, its first. */
  readonly line: number;
  /** Unfolded. */
  readonly text: string;
}

export interface IcsComponent {
  /** VEVENT, VTIMEZONE … in capitals. */
  readonly name: string;
  readonly line: number;
  /** Of the component itself, BEGIN and END left out. */
  readonly lines: readonly IcsLine[];
  readonly components: readonly IcsComponent[];
}

export type IcsStream =
  | { readonly ok: true; readonly calendars: readonly IcsComponent[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

interface OpenComponent {
  readonly name: string;
  readonly line: number;
  readonly lines: IcsLine[];
  readonly components: IcsComponent[];
}

/** VCALENDAR, VEVENT, VALARM. */
const mostDepth = 4;

/** The calendars of a stream. A component that is not closed, or closed as another one, makes all of it unreadable. */
export function readIcsStream(text: string): IcsStream {
  const root: OpenComponent = { name: '', line: 1, lines: [], components: [] };
  const open: OpenComponent[] = [root];
  for (const { line, text: content } of unfolded(text)) {
    const inner = open.at(-1) ?? root;
    const [, mark = '', name = ''] = /^(BEGIN|END):\s*(.*?)\s*$/i.exec(content) ?? [];
    if (mark === '') inner.lines.push({ line, text: content });
    else if (mark.toUpperCase() === 'BEGIN') {
      if (open.length > mostDepth)
        return { ok: false, line, message: 'components are nested deeper than iCalendar has them' };
      open.push({ name: name.toUpperCase(), line, lines: [], components: [] });
    } else {
      if (open.length === 1 || inner.name !== name.toUpperCase())
        return { ok: false, line, message: `END stands here for a component that is not the open one${atLine(inner)}` };
      open.pop();
      open.at(-1)?.components.push(inner);
    }
  }
  const unclosed = open.at(-1);
  if (unclosed !== undefined && unclosed !== root)
    return { ok: false, line: unclosed.line, message: 'the component that begins here has no END' };
  const stranger = root.lines[0] ?? root.components.find(({ name }) => name !== 'VCALENDAR');
  if (stranger !== undefined) return { ok: false, line: stranger.line, message: 'is not in a VCALENDAR' };
  return { ok: true, calendars: root.components };
}

function atLine({ name, line }: OpenComponent): string {
  return name === '' ? '' : `, which began on line ${line}`;
}

/** RFC 5545 §3.1: a line that begins with a space or a tab goes on with the one before. */
function unfolded(text: string): readonly IcsLine[] {
  const lines: { line: number; text: string }[] = [];
  for (const [index, physical] of text.split(/\r\n|\n|\r/).entries()) {
    const last = lines.at(-1);
    if (/^[ \t]/.test(physical) && last !== undefined) last.text += physical.slice(1);
    else if (physical.trim() !== '') lines.push({ line: index + 1, text: physical });
  }
  return lines;
}
