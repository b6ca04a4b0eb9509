/** An invariant that does not hold. `invariant` is its id, `I1` to `I16`, `L1` to `L8`, or the name of a bound. */
export class Violation extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}
