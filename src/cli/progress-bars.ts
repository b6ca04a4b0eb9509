import { MultiBar, type SingleBar } from 'cli-progress';
import type { Progress } from '../engine/engine.ts';
import type { World } from './world.ts';

/** How far each calendar has come, on a terminal; elsewhere nothing. */
export interface ProgressBars {
  readonly show: (progress: Progress) => void;
  finish(calendar: string): void;
  /** Clears them; a second time does nothing. */
  stop(): void;
}

const titleCharacters = 32;
const look = {
  barsize: 30,
  barCompleteChar: '█',
  barIncompleteChar: '░',
  hideCursor: true,
  clearOnComplete: true,
  emptyOnZero: true,
  // While nothing is known yet the library hands over words instead of seconds.
  formatTime: (seconds: unknown) => (typeof seconds === 'number' ? spanText(seconds) : 'a while'),
} as const;

export function progressBars({ stderr }: World): ProgressBars {
  if (stderr.isTTY !== true) return { show: () => undefined, finish: () => undefined, stop: () => undefined };
  const format = '{title} {bar} {value}/{total} · {eta_formatted} to go';
  const screen = new MultiBar({ format, stream: stderr, ...look });
  const bars = new Map<string, SingleBar>();
  let stopped = false;
  return {
    show({ calendar, done, planned }) {
      const known = bars.get(calendar);
      const bar = known ?? screen.create(planned, done, { title: titleOf(calendar) });
      bars.set(calendar, bar);
      bar.setTotal(planned);
      bar.update(done);
    },
    finish(calendar) {
      const bar = bars.get(calendar);
      if (bar === undefined) return;
      screen.remove(bar);
      bars.delete(calendar);
    },
    stop() {
      if (stopped) return;
      stopped = true;
      screen.stop();
    },
  };
}

function titleOf(calendar: string): string {
  const title = calendar.length > titleCharacters ? `${calendar.slice(0, titleCharacters - 1)}…` : calendar;
  return title.padEnd(titleCharacters);
}

function spanText(seconds: number): string {
  if (seconds < 60) return `${Math.ceil(seconds)} s`;
  return seconds < 3_600 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`;
}
