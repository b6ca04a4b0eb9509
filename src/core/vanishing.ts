/*
 * Vanishing is not deletion: events of ours that a *full* listing leaves out, without a tombstone. A deletion leaves a tombstone; when
 * many go without one, the listing is suspected and not the world (P01).
 */

const vanishingLimits = { atLeast: 5, share: 0.1, sampleSize: 20 } as const;

export type VanishingVerdict =
  /** Few enough: each is read by id before anything is believed. */
  | { readonly kind: 'judge_each' }
  /** Too many: read these ids first; if any is there, the listing was wrong. */
  | { readonly kind: 'suspect'; readonly sample: readonly string[] };

/** `expected` counts the live bindings that the listing had to show, `absent` names the event ids that it left out. */
export function judgeVanishing(expected: number, absent: readonly string[]): VanishingVerdict {
  if (absent.length === 0) return { kind: 'judge_each' };
  const many = absent.length >= vanishingLimits.atLeast && absent.length > vanishingLimits.share * expected;
  if (!many && absent.length < expected) return { kind: 'judge_each' };
  return { kind: 'suspect', sample: spread([...absent].sort()) };
}

/** Up to `sampleSize` ids, evenly spread over the sorted list. */
function spread(ids: readonly string[]): readonly string[] {
  const size = Math.min(vanishingLimits.sampleSize, ids.length);
  return Array.from({ length: size }, (_, index) => ids[Math.floor((index * ids.length) / size)] ?? '');
}
