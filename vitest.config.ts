import { defineConfig } from 'vitest/config'

/** They repeat kills, faults and histories, or wait for other processes and systems: `npm run test:proofs`. */
const PROOFS = [
  'test/attack/descriptors.test.ts',
  'test/crash/**/*.test.ts',
  'test/faults/**/*.test.ts',
  'test/filesystems/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/kernel/**/*.test.ts',
  'test/linearizability/**/*.test.ts',
  'test/power/**/*.test.ts',
  'test/processes/**/*.test.ts',
  'test/sim/**/*.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    // Many tests wait for a disk or another process: two at a time, on two processors, too.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build-once.ts'],
    projects: [
      { extends: true, test: { name: 'suite', include: ['test/**/*.test.ts'], exclude: PROOFS } },
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
