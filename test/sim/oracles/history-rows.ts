/** The history of an installation as its table has it. */
import type { Site } from '../world.ts';

type Body = Readonly<Record<string, unknown>>;

export interface HistoryRow {
  readonly id: number;
  readonly position: number | null;
  readonly atMs: number;
  readonly key: string;
  readonly kind: string;
  readonly generation: number;
  readonly revision: number;
  readonly actor: string;
  readonly before: Body | null;
  readonly after: Body | null;
}

export async function historyOf(site: Site): Promise<readonly HistoryRow[]> {
  const rows = await site.connection.ask<HistoryRow & { readonly at: Date }>(
    'select id, at, position, key, kind, generation, revision, actor, before, after from calsync.history order by id',
  );
  return rows.map(({ at, ...row }) => ({
    ...row,
    id: Number(row.id),
    atMs: at.getTime(),
    position: row.position === null ? null : Number(row.position),
    generation: Number(row.generation),
    revision: Number(row.revision),
  }));
}

/** What the table says of itself, not of what Google shows. */
export function isOfTable({ kind }: HistoryRow): boolean {
  return !kind.startsWith('google_');
}

export function isOfGuest({ kind }: HistoryRow): boolean {
  return kind.startsWith('attendee_');
}

/** Columns that move with every change of a row. */
const counters = new Set(['generation', 'revision', 'attendees_version', 'updated_at', 'created_at']);

/** The columns in which a row differs before and after. */
export function changedColumns({ before, after }: HistoryRow): readonly string[] {
  return Object.keys(after ?? {}).filter(
    (column) => !counters.has(column) && JSON.stringify(before?.[column]) !== JSON.stringify(after?.[column]),
  );
}
