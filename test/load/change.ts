/** One change of the load: done through some door until that door says that it is done. Its name is the actor in the history. */
export interface Change {
  readonly name: string;
  /** An event that many write. */
  readonly shared: string;
  /** An event that this change's client alone writes. */
  readonly own: string;
  /** Whether the connection is cut while it is on its way, the first time. */
  readonly isCut: boolean;
  /** The place of the cut in [0, 1): before anything is sent, or between any two of what is sent. */
  readonly cutAt: number;
  /** Whether its client is gone with the connection, and never asks again. */
  readonly isAbandoned: boolean;
}

/** What a door said of a change: the event, and the revision that it was told. */
export interface Acknowledged {
  readonly change: Change;
  readonly key: string;
  readonly revision: number;
  /** What the history has to have of it, once each. */
  readonly kinds: readonly string[];
  /** A value that it left behind, and that nothing else wrote. */
  readonly value: string;
}

/** A door as a client uses it. */
export interface Client {
  /** What the history has of a change of this door, in one transaction. */
  readonly kinds: readonly string[];
  /** Does a change once; rejects where the connection broke or the door was not sure. */
  attempt(change: Change, isFirst: boolean): Promise<Acknowledged>;
}

const mostAttempts = 50;

/** Does a change until it is acknowledged; null where its client was cut off and is gone. A door that refuses again and again ends the test. */
export async function insist(
  client: Client,
  change: Change,
): Promise<{ readonly done: Acknowledged | null; readonly attempts: number }> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return { done: await client.attempt(change, attempts === 1), attempts };
    } catch (thrown) {
      if (change.isAbandoned) return { done: null, attempts };
      if (attempts === mostAttempts) throw new Error(`${change.name} was never acknowledged`, { cause: thrown });
    }
  }
}

/** Rows have to be there before they are shared: each at another hour, so that none is another's twin. */
export function timesOf(index: number): { readonly start: string; readonly end: string } {
  const startMs = Date.UTC(2030, 0, 1) + index * 3_600_000;
  const local = (ms: number) => new Date(ms).toISOString().slice(0, 19);
  return { start: local(startMs), end: local(startMs + 1_800_000) };
}
