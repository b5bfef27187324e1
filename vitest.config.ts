import { defineConfig } from 'vitest/config'

/** What must fail, and what several processes do at once: `npm run test:failures`. */
const FAILURES = [
  'test/proof/faults/*.test.ts',
  'test/proof/faults/damage/*.test.ts',
  'test/proof/files/crash/*.test.ts',
  'test/proof/files/processes/*.test.ts',
  'test/proof/processes/*.test.ts',
]
/** They repeat kills, faults and histories, or wait for other systems: `npm run test:proofs`. */
const PROOFS = [
  'test/proof/attack/descriptors.test.ts',
  'test/proof/crash/**/*.test.ts',
  'test/proof/faults/below/**/*.test.ts',
  'test/proof/filesystems/**/*.test.ts',
  'test/proof/fuzz/**/*.test.ts',
  'test/proof/kernel/**/*.test.ts',
  'test/proof/linearizability/**/*.test.ts',
  'test/proof/maintenance/**/*.test.ts',
  'test/proof/migration/**/*.test.ts',
  'test/proof/mutants/**/*.test.ts',
  'test/proof/optimizer/**/*.test.ts',
  'test/proof/power/**/*.test.ts',
  'test/proof/server/**/*.test.ts',
  'test/proof/sim/**/*.test.ts',
]
const SUITE = { include: ['test/**/*.test.ts'], exclude: [...FAILURES, ...PROOFS] }

/** A thread cannot load TypeScript: tests of sources start the one that was built, as `build-once` does before them. */
const builtWorker = {
  name: 'built-worker',
  enforce: 'pre' as const,
  transform: (code: string, id: string) =>
    id.endsWith('/src/sqlite/worker-client.ts')
      ? code.replace("'./worker.js'", "'../../dist/sqlite/worker.js'")
      : undefined,
}

export default defineConfig({
  plugins: [builtWorker],
  test: {
    pool: 'forks',
    // Many tests wait for a disk or another process: two at a time, on two processors, too.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build-once.ts', 'test/support/shared-postgres.ts'],
    projects: [
      { extends: true, test: { name: 'suite', ...SUITE } },
      { extends: true, test: { name: 'failures', include: FAILURES } },
      { extends: true, test: { name: 'proofs', include: PROOFS } },
    ],
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // The entry of the command runs in a process of its own; benches are no part of the package.
      exclude: ['src/cli/main.ts', 'bench/**'],
      // What the processes ran that tests start is added, and the floors are held, by test/floors/floors.mjs.
      reporter: ['json'],
      reportOnFailure: true,
    },
  },
})
