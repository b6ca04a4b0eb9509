import { type Answered, type Recorded, record } from './record.ts';
import type { Work } from './work.ts';

interface Waiting {
  readonly answered: Answered;
  readonly resolve: (recorded: Recorded) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Records answers as they come. Those that arrive while others are being recorded go together in the next transaction: as many commits as
 * the database keeps up with, and none is waited for by a call to Google.
 */
export class Recorder {
  private readonly work: Work;
  private waiting: Waiting[] = [];
  private isBusy = false;

  constructor(work: Work) {
    this.work = work;
  }

  /** Resolves when the answer is recorded. */
  add(answered: Answered): Promise<Recorded> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ answered, resolve, reject });
      if (!this.isBusy) void this.drain();
    });
  }

  private async drain(): Promise<void> {
    this.isBusy = true;
    while (this.waiting.length > 0) await recordTogether(this.work, this.waiting.splice(0));
    this.isBusy = false;
  }
}

/** What cannot be recorded together is recorded one by one, so that one key does not take the others with it. */
async function recordTogether(work: Work, group: readonly Waiting[]): Promise<void> {
  try {
    const recorded = await record(
      work,
      group.map(({ answered }) => answered),
    );
    for (const [index, { resolve }] of group.entries()) resolve(recorded[index] ?? 'again');
  } catch (thrown) {
    if (group.length === 1) return group[0]?.reject(thrown);
    for (const entry of group) await recordTogether(work, [entry]);
  }
}
