/** P35: a turn that begins in a copied database calls nobody. */
import type { EndedTurn, Oracle } from './oracle.ts';

export const silentCopies: Oracle = {
  onTurn(world, { worker, begunAtMs, calls }: EndedTurn) {
    const since = world.copies.get(worker.site.number);
    if (since !== undefined && begunAtMs >= since && calls > 0)
      world.fail('P35', `${worker.name} made ${calls} calls from a copied database`);
  },
};
