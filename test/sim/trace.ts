import { createHash, type Hash } from 'node:crypto';

export interface TraceLine {
  readonly atMs: number;
  readonly who: string;
  readonly what: string;
}

/** What happened, in order: lines for people to read, and one hash over everything that a second run must repeat. */
export class Trace {
  readonly lines: TraceLine[] = [];
  private readonly hash: Hash = createHash('sha256');

  say(atMs: number, who: string, what: string): void {
    this.lines.push({ atMs, who, what });
    this.hash.update(`${atMs} ${who} ${what}\n`);
  }

  /** Only counted for the hash: statements with their rows, bodies of answers. */
  mix(what: string): void {
    this.hash.update(what);
  }

  digest(): string {
    return this.hash.copy().digest('hex').slice(0, 16);
  }
}
