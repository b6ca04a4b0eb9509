import type { PlantedBug } from '../plant.ts';

export const idempotencyBesideTheTransaction: PlantedBug = {
  name: 'idempotency-beside-the-transaction',
  says: 'An Idempotency-Key is claimed in a transaction of its own, before that of the write.',
  edits: [
    {
      file: 'src/server/idempotent.ts',
      from: 'return await inTransaction(db, async (tx) => {\n      const claim = await claimRequest(tx, request);',
      to: 'const claim = await inTransaction(db, (tx) => claimRequest(tx, request));\n    return await inTransaction(db, async (tx) => {',
    },
  ],
};
