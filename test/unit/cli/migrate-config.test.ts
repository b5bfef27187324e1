import { describe, expect, it } from 'vitest'
import { migrateJson, migrateYaml } from '../../../src/cli/migrate-config.js'

const OLD = `# The MVP
optimizer:
  storage: "memory" # Simple string

  optimization:
    # Points
    improvement_threshold: 4.50 # was 5
    confidence_threshold: 0.6
    max_iterations: 3
io_paths: { workflow_dsl: 'a b' }
`

const NEW = `# The MVP
optimizer:
  storage:
    backend: memory # Simple string

  optimization:
    # Points
    min_improvement: 4.50 # was 5
    min_confidence: 0.6
    max_iterations: 3
io_paths: { workflow_dsl: 'a b' }
`

describe('migrateYaml', () => {
  it('changes the earlier forms, and keeps comments, order and spelling of all else', () => {
    const { text, forms } = migrateYaml(OLD, 'a.yaml')
    expect(text).toBe(NEW)
    expect(forms).toHaveLength(3)
  })

  it('leaves a text of today as it is, byte by byte', () => {
    const text = 'optimizer:   {storage:  {backend: memory}}\n'
    expect(migrateYaml(text, 'a.yaml')).toEqual({ text, forms: [] })
  })
})

describe('migrateJson', () => {
  it('keeps order and indentation', () => {
    const old = { optimizer: { storage: 'memory', optimization: { score_threshold: 70, x: 1 } } }
    const now = {
      optimizer: { storage: { backend: 'memory' }, optimization: { min_baseline_score: 70, x: 1 } },
    }
    for (const [indent, end] of [
      ['\t', '\n'],
      ['    ', ''],
      ['', '\n'],
    ] as const)
      expect(migrateJson(`${JSON.stringify(old, null, indent)}${end}`, 'a.json').text).toBe(
        `${JSON.stringify(now, null, indent)}${end}`,
      )
  })
})
