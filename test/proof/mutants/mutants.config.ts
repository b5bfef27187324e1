import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type TestProjectConfiguration } from 'vitest/config'
import type { TestModule } from 'vitest/node'
import { MUTANTS, type Mutant } from './mutants.js'

/** One project for each mutant: the unit test of its file, over sources of which one has the bug. */
export default defineConfig({
  root: fileURLToPath(new URL('../../../', import.meta.url)),
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: MUTANTS.map(project),
    reporters: [{ onTestRunEnd: report }],
  },
})

function project(mutant: Mutant): TestProjectConfiguration {
  const { name, file } = mutant
  // A bug may make a call wait forever.
  const limits = { testTimeout: 10_000, hookTimeout: 10_000, teardownTimeout: 1000 }
  return {
    plugins: [{ name: 'mutant', enforce: 'pre', transform: plant(mutant) }],
    test: { name, include: [`test/unit/${file}.test.ts`], ...limits },
  }
}

function plant({ file, from, to }: Mutant): (text: string, id: string) => string | undefined {
  return (text, id) => {
    if (!id.split('?')[0]?.endsWith(`/src/${file}.ts`)) return undefined
    if (text.split(from).length !== 2) throw new Error(`${file} does not have the text once`)
    return text.replace(from, () => to)
  }
}

/** For each mutant, how many tests have failed and passed, and what has failed outside of tests. */
function report(modules: readonly TestModule[]): void {
  const results = modules.map((module) => [
    module.project.name,
    {
      failed: [...module.children.allTests('failed')].length,
      passed: [...module.children.allTests('passed')].length,
      errors: module.errors().map(({ message }) => message),
    },
  ])
  writeFileSync(process.env['HOLDFAST_MUTANTS'] ?? '', JSON.stringify(Object.fromEntries(results)))
}
