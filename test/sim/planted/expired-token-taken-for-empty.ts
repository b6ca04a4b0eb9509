import type { PlantedBug } from '../plant.ts';

export const expiredTokenTakenForEmpty: PlantedBug = {
  name: 'expired-token-taken-for-empty',
  says: '410 on a sync token is taken for a listing with nothing in it.',
  edits: [
    {
      file: 'src/engine/observe.ts',
      from: '    await dropSyncToken(work.engine.db, work.lease);\n    return listWholeTwice(work);',
      to: '    const listing = await beginFullListing(work.engine.db, work.lease);\n    await dropUnlisted(work.engine.db, work.lease.calendar, listing, work.engine.settings.graceMs);\n    await dropSyncToken(work.engine.db, work.lease);\n    work.fullListing = listing;\n    return true;',
    },
    {
      file: 'src/core/key-view.ts',
      from: "  if (!notFound) return { kind: 'unseen' };",
      to: "  if (!notFound) return { kind: 'gone', seenAt: 0 };",
    },
  ],
};
