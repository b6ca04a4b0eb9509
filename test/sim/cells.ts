/** Which answers a run met in which phase of a turn: a proof says little about cells that no seed ever visits. */
import type { FaultAction } from '../../src/emulator/faults.ts';
import { changeRefusals, denials, type NetworkFault, refusals } from './faults.ts';

const listings = ['list whole', 'list by token', 'list next page'] as const;
const changes = ['create', 'patch', 'move', 'delete'] as const;
const phases = [...listings, 'read', ...changes] as const;

/** What a turn is doing when it calls Google; `other` is signing in and what asks about a calendar. */
export type Phase = (typeof phases)[number] | 'other';

/** On the way there or back, whatever is asked. */
const onTheWay = [
  'done',
  'lost',
  'silence',
  'late',
  'twice',
  'crash_before_send',
  'crash_unserved',
  'crash_unheard',
  'pause',
  'html',
  'lose_answer',
  'truncate',
  'error_after backendError',
  'error_after conditionNotMet',
  ...[...refusals, ...denials].map((error) => `error ${error}`),
] as const;

const ofListings = ['stale_list', 'empty_list', 'hide_item', 'repeat_page', 'drop_page', 'token_wipe'] as const;

const ofChanges = ['touch_event', 'error_after conflict', ...changeRefusals.map((error) => `error ${error}`)] as const;

/** Every cell that a campaign should have visited, as `phase × answer`. */
const wanted: ReadonlySet<string> = new Set(
  phases.flatMap((phase) => answersIn(phase).map((answer) => cell(phase, answer))),
);

function answersIn(phase: (typeof phases)[number]): readonly string[] {
  if (isChange(phase)) return [...onTheWay, ...ofChanges];
  return phase === 'read' ? onTheWay : [...onTheWay, ...ofListings];
}

export function isChange(phase: Phase): boolean {
  return (changes as readonly string[]).includes(phase);
}

function cell(phase: Phase, answer: string): string {
  return `${phase} × ${answer}`;
}

/** How often each cell was visited. */
export type CellCounts = ReadonlyMap<string, number>;

export class Cells {
  private readonly counts = new Map<string, number>();

  visit(phase: Phase, answer: string): void {
    const name = cell(phase, answer);
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  /** A fault on the way, whether or not an answer follows. */
  struck(phase: Phase, { kind }: NetworkFault): void {
    if (kind !== 'answer' && kind !== 'hide' && kind !== 'vanish') this.visit(phase, kind);
  }

  /** What Google answered, or was made to answer; a status of null is a connection that broke. */
  answered(phase: Phase, action: FaultAction | null, status: number | null): void {
    if (action !== null) this.visit(phase, nameOf(action));
    else this.visit(phase, status !== null && status < 300 ? 'done' : String(status));
  }

  visited(): CellCounts {
    return this.counts;
  }
}

function nameOf(action: FaultAction): string {
  return 'error' in action ? `${action.kind} ${action.error}` : action.kind;
}

export interface Coverage {
  readonly visited: number;
  readonly wanted: number;
  readonly never: readonly string[];
}

export function coverageOf(counts: CellCounts): Coverage {
  const never = [...wanted].filter((name) => !counts.has(name));
  return { visited: wanted.size - never.length, wanted: wanted.size, never };
}

/** What a request is for. */
export function phaseOf(request: Request): Phase {
  const { pathname, searchParams } = new URL(request.url);
  const place = /\/events(?:\/[^/]+(?<move>\/move)?)?$/.exec(pathname);
  if (place === null) return 'other';
  const isOne = !pathname.endsWith('/events');
  if (place.groups?.move !== undefined) return 'move';
  switch (request.method) {
    case 'GET':
      if (isOne) return 'read';
      return searchParams.has('pageToken')
        ? 'list next page'
        : searchParams.has('syncToken')
          ? 'list by token'
          : 'list whole';
    case 'POST':
      return 'create';
    case 'DELETE':
      return 'delete';
    default:
      return 'patch';
  }
}
