import type { PlantedBug } from '../plant.ts';

export const tokenBeforeTheLastPage: PlantedBug = {
  name: 'token-before-the-last-page',
  says: 'The sync token of an increment is stored in a transaction before the one that stores its last page.',
  edits: [
    {
      file: 'src/engine/observe.ts',
      from: "    await storeObservations(tx, lease.calendar, lastOfEach(observations), listing, 'list');\n    const {",
      to: '    const {',
    },
    {
      file: 'src/engine/observe.ts',
      from: '    await noteListed(tx, lease, { syncToken: token, fullListing, timeZone, nextPullMs: engine.settings.pollMs });\n  });',
      to: "    await noteListed(tx, lease, { syncToken: token, fullListing, timeZone, nextPullMs: engine.settings.pollMs });\n  });\n  await engine.db.transaction().execute(async (tx) => {\n    await holdLease(tx, work);\n    await storeObservations(tx, lease.calendar, lastOfEach(observations), listing, 'list');\n  });",
    },
  ],
};
