import { hashOfStated } from './normal-form.ts';
import type { CreateCall, DeleteCall } from './plan.ts';

/** A withdrawn key and a new one that states what the event of the withdrawn one was written as: one event under another spelling. */
export interface RekeyPair {
  readonly leaves: DeleteCall;
  readonly arrives: CreateCall;
}

/**
 * Pairs the deletes of withdrawn keys with creates that state the same on the same calendar, each at most once. Of several that are equal
 * the first keys go together; which is the same whatever the order of the calls.
 */
export function rekeyPairs(deletes: readonly DeleteCall[], creates: readonly CreateCall[]): readonly RekeyPair[] {
  const arriving = groupByContent(creates.filter(({ cause }) => cause === 'new'));
  const pairs: RekeyPair[] = [];
  for (const leaves of byKey(deletes)) {
    if (leaves.cause !== 'withdrawn' || leaves.applied === null) continue;
    const arrives = arriving.get(contentOf(leaves.calendar, hashOfStated(leaves.applied)))?.shift();
    if (arrives !== undefined) pairs.push({ leaves, arrives });
  }
  return pairs;
}

function groupByContent(creates: readonly CreateCall[]): ReadonlyMap<string, CreateCall[]> {
  const groups = new Map<string, CreateCall[]>();
  for (const call of byKey(creates)) {
    const content = contentOf(call.calendar, hashOfStated(call.stated));
    groups.set(content, [...(groups.get(content) ?? []), call]);
  }
  return groups;
}

function contentOf(calendar: string, hash: string): string {
  return `${hash} ${calendar}`;
}

function byKey<Call extends { readonly key: string }>(calls: readonly Call[]): readonly Call[] {
  return [...calls].sort((a, b) => (a.key < b.key ? -1 : 1));
}
