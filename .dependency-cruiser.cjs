/*
 * The import rules of docs/architecture.md. An import goes to a lower rank or stays in its folder; those of one rank never import each other.
 * The parser is swc: under TypeScript 7 any other sees no modules, and everything passes. test/ground shows that each rule catches something.
 */
const ranks = [
  ['core/'],
  ['store/', 'google/', 'mail/', 'sandbox/'],
  ['write/'],
  ['engine/'],
  ['server/'],
  ['daemon/'],
  ['config.ts', 'app.ts'],
  ['cli/', 'index.ts'],
];

/** As a pattern: paths under src that start with one of the names. */
function under(names) {
  return `^src/(${names.map((name) => (name.endsWith('/') ? name : `${name.replace('.', '[.]')}$`)).join('|')})`;
}

function rankRules() {
  return ranks.flatMap((names, rank) =>
    names.map((name) => {
      const lower = ranks.slice(0, rank).flat();
      const among = rank >= 6 ? names : [name]; // config and app, cli and index belong together
      return {
        name: `rank-${rank}-${name.replace(/\W.*/, '')}`,
        comment: 'An import goes to a lower rank or stays in its folder.',
        severity: 'error',
        from: { path: under([name]) },
        to: { path: '^src/', pathNot: under([...lower, ...among, 'emulator/']) },
      };
    }),
  );
}

module.exports = {
  forbidden: [
    ...rankRules(),
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'known-folders',
      comment: 'A new folder under src needs a rank.',
      severity: 'error',
      from: { path: '^src/', pathNot: under([...ranks.flat(), 'emulator/']) },
      to: {},
    },
    {
      name: 'server-cannot-reconcile',
      comment: 'A push marks a calendar as due and does nothing else.',
      severity: 'error',
      from: { path: '^src/server/' },
      to: { path: '^src/(engine|google)/' },
    },
    {
      name: 'diff-cannot-write',
      comment: 'What it is given has no write in it either: DiffReader.',
      severity: 'error',
      from: { path: '^src/engine/diff[.]ts$' },
      to: { path: '^src/write/', reachable: true },
    },
    {
      name: 'emulator-knows-nothing',
      comment: 'A Google of our own that shares code with calsync would share its mistakes.',
      severity: 'error',
      from: { path: '^src/emulator/' },
      to: { path: '^src/', pathNot: '^src/emulator/' },
    },
    {
      name: 'emulator-by-its-door',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/emulator/' },
      to: { path: '^src/emulator/', pathNot: '^src/emulator/index[.]ts$' },
    },
    {
      name: 'emulator-apart',
      comment: 'Only what hosts it knows it.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(emulator|sandbox|cli)/' },
      to: { path: '^src/emulator/' },
    },
    {
      name: 'sql-in-store',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/store/' },
      to: { path: '(^|/)node_modules/(kysely|pg)/' },
    },
    {
      name: 'google-in-google',
      comment: 'One gateway, one table of errors.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/google/' },
      to: { path: '(^|/)node_modules/(@googleapis|google-auth-library|gaxios)/' },
    },
    {
      name: 'core-is-pure',
      comment: 'No I/O: of Node only hashing.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?crypto$' },
    },
    {
      name: 'no-test-code',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'no-development-package',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
  ],
  options: {
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
};
