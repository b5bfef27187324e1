import { defineConfig } from 'vitest/config'

/** They repeat kills, faults and histories for as long as they are given: `npm run test:proofs`. */
const PROOFS = [
  'test/crash/**/*.test.ts',
  'test/faults/below/**/*.test.ts',
  'test/filesystems/**/*.test.ts',
  'test/fuzz/**/*.test.ts',
  'test/linearizability/**/*.test.ts',
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
      exclude: ['src/cli/main.ts'],
      reporter: ['text-summary', 'json-summary'],
      // What runs in child processes (kills, preloaded faults, the command) does not count here.
      thresholds: { 'src/{document,disk,engine,versions}/**/*.ts': { lines: 95 } },
    },
  },
})
