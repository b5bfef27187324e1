import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks',
    // Many tests wait for a disk or another process: two at a time, on two processors, too.
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    globalSetup: ['test/support/build-once.ts'],
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
