/** Which answers a run met in which phase of a turn: a proof says little about cells that no seed ever visits. */
import type { FaultAction } from '../../src/emulator/faults.ts';
import { type DrawFault, deaths, ofChanges, ofListings, onTheWay } from './answers.ts';
import type { NetworkFault } from './faults.ts';

const listings = ['list whole', 'list by token', 'list next page'] as const;
const changes = ['create', 'patch', 'move', 'delete'] as const;
const phases = [...listings, 'read', ...changes] as const;

/** What a turn is doing when it calls Google; `other` is signing in and what asks about a calendar. */
export type Phase = (typeof phases)[number] | 'other';

/** A phase at which faults can be aimed. */
export type AimedPhase = (typeof phases)[number];

/** What cannot be: a create names no event that somebody could touch; the others Google does not say falsely (network.ts). */
const impossible: ReadonlySet<string> = new Set([
  'create × touch_event',
  'read × error notFound',
  'delete × error deleted',
  'delete × error fullSyncRequired',
]);

/** Every cell that a campaign should have visited, as `phase × answer`. */
const wanted: ReadonlySet<string> = new Set(
  phases.flatMap((phase) => ['done', ...Object.keys(answersIn(phase))].map((answer) => cell(phase, answer))),
);

/** Whatever may become of a request of this phase, by name. */
export function answersIn(phase: AimedPhase): Readonly<Record<string, DrawFault>> {
  const own = isChange(phase) ? ofChanges : phase === 'read' ? {} : ofListings;
  const all = Object.entries({ ...onTheWay, ...deaths, ...own });
  return Object.fromEntries(all.filter(([answer]) => !impossible.has(cell(phase, answer))));
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
    if (kind !== 'answer' && kind !== 'hide' && kind !== 'vanish' && kind !== 'meanwhile') this.visit(phase, kind);
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
  if (!('error' in action)) return action.kind;
  return `${action.kind} ${action.error}${action.retryAfter === undefined ? '' : ' Retry-After'}`;
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
