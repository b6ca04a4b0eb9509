/** Units spent in the last so many milliseconds. */
export class SlidingWindow {
  private readonly lengthMs: number;
  private spent: { readonly atMs: number; readonly units: number }[] = [];
  private first = 0;
  private sum = 0;

  constructor(lengthMs: number) {
    this.lengthMs = lengthMs;
  }

  fits(units: number, limit: number, nowMs: number): boolean {
    this.forget(nowMs);
    return this.sum + units <= limit;
  }

  add(units: number, nowMs: number): void {
    this.spent.push({ atMs: nowMs, units });
    this.sum += units;
  }

  private forget(nowMs: number): void {
    for (let entry = this.spent[this.first]; entry !== undefined; entry = this.spent[this.first]) {
      if (entry.atMs > nowMs - this.lengthMs) break;
      this.sum -= entry.units;
      this.first += 1;
    }
    if (this.first > 1000 && this.first * 2 > this.spent.length) {
      this.spent = this.spent.slice(this.first);
      this.first = 0;
    }
  }
}
