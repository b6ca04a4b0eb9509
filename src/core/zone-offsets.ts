/**
 * Offsets of a zone at instants, remembered. A plan of 100,000 events asks several hundred thousand times and luxon's
 * answer costs a formatted date each; a zone changes its offset a few times a year, so those changes are found
 * once per stretch of time and kept. Remembering is not state: the same question has the same answer.
 */
import { IANAZone } from 'luxon';
import { CalsyncError } from './error.ts';

interface Stretch {
  readonly offsetMs: number;
  /** In order; hardly ever more than four. */
  readonly transitions: readonly Transition[];
}

interface Transition {
  readonly atMs: number;
  readonly offsetMs: number;
}

interface ZoneOffsets {
  readonly zone: IANAZone;
  readonly stretches: Map<number, Stretch>;
}

const dayMs = 86_400_000;
const stretchMs = 366 * dayMs;
/**
 * No zone has kept an offset for less than 7 days since 1970 (Boa Vista, Noronha and Recife did, in October 2000), so no
 * pair of changes hides in a step. A stretch is a whole number of steps.
 */
const stepMs = 6 * dayMs;
/** Every change of a clock falls on a whole second. */
const resolutionMs = 1_000;
/** About 300 zones × 10 years of 5 entries; the years 1970–2200 of one zone are 230 stretches. */
const mostStretchesPerZone = 256;

const known = new Map<string, ZoneOffsets>();

/** Milliseconds east of Greenwich in `zone` at an instant. Throws `invariant` for an unknown zone or no instant. */
export function offsetMsAt(epochMs: number, zone: string): number {
  const { offsetMs, transitions } = stretchAt(epochMs, zone);
  let found = offsetMs;
  for (const transition of transitions) {
    if (transition.atMs > epochMs) break;
    found = transition.offsetMs;
  }
  return found;
}

/** The first instant in (fromMs, toMs] at which the zone's offset changes; `invariant` if there is none. */
export function transitionBetween(fromMs: number, toMs: number, zone: string): number {
  for (let index = Math.floor(fromMs / stretchMs); index <= Math.floor(toMs / stretchMs); index += 1) {
    const inside = stretchAt(index * stretchMs, zone).transitions.find(({ atMs }) => atMs > fromMs && atMs <= toMs);
    if (inside !== undefined) return inside.atMs;
  }
  throw new CalsyncError('invariant', `no change of offset in ${zone} where one was seen`);
}

function stretchAt(epochMs: number, zoneName: string): Stretch {
  if (!Number.isFinite(epochMs)) throw new CalsyncError('invariant', 'not an instant');
  const { zone, stretches } = offsetsOf(zoneName);
  const index = Math.floor(epochMs / stretchMs);
  const remembered = stretches.get(index);
  if (remembered !== undefined) return remembered;
  if (stretches.size >= mostStretchesPerZone) stretches.clear();
  const stretch = surveyStretch(zone, index * stretchMs);
  stretches.set(index, stretch);
  return stretch;
}

/** Only real zones are remembered, so what is kept is bounded by the IANA database. */
function offsetsOf(zoneName: string): ZoneOffsets {
  const remembered = known.get(zoneName);
  if (remembered !== undefined) return remembered;
  const zone = IANAZone.create(zoneName);
  if (!zone.isValid) throw new CalsyncError('invariant', 'a time zone that this runtime does not know');
  const offsets = { zone, stretches: new Map<number, Stretch>() };
  known.set(zoneName, offsets);
  return offsets;
}

function surveyStretch(zone: IANAZone, fromMs: number): Stretch {
  const offsetMs = askOffsetMs(zone, fromMs);
  const transitions: Transition[] = [];
  let current = offsetMs;
  for (let atMs = fromMs + stepMs; atMs <= fromMs + stretchMs; atMs += stepMs) {
    const next = askOffsetMs(zone, atMs);
    if (next === current) continue;
    transitions.push({ atMs: changeBetween(zone, atMs - stepMs, atMs, current), offsetMs: next });
    current = next;
  }
  return { offsetMs, transitions };
}

/** Halves (fromMs, toMs] until the first instant whose offset is no longer `offsetMs` is left. */
function changeBetween(zone: IANAZone, fromMs: number, toMs: number, offsetMs: number): number {
  let before = fromMs;
  let after = toMs;
  while (after - before > resolutionMs) {
    const middle = before + Math.floor((after - before) / 2 / resolutionMs) * resolutionMs;
    if (askOffsetMs(zone, middle) === offsetMs) before = middle;
    else after = middle;
  }
  return after;
}

function askOffsetMs(zone: IANAZone, epochMs: number): number {
  return Math.round(zone.offset(epochMs) * 60_000);
}
