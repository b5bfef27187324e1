import { describe, expect, it } from 'vitest'
import { parseDifyFile } from '../../../../../src/dify/workflow/dify-file.js'
import { contextOf } from '../../../../../src/optimizer/lint/lint-context.js'
import { lintDifyFile } from '../../../../../src/optimizer/lint/lint-dify-file.js'
import {
  invalidYaml,
  notImportable,
} from '../../../../../src/optimizer/lint/rules/import-faults.js'

const GRAPH = 'workflow: {graph: {nodes: [], edges: []}}\n'
const WHOLE = `kind: app\nversion: 0.5.0\napp: {mode: workflow, name: a}\n${GRAPH}`

function fileOf(text: string) {
  return parseDifyFile(text, 'a.yml', { fileBytesMax: 2 ** 25 })
}

describe('invalid-yaml', () => {
  it.each([
    [`a: 1\t\n${WHOLE}`, '1:5', 'There is a tab'],
    [`${WHOLE}a:\n- !include x\n`, '6:3', 'The tag !include is not known'],
    [`${WHOLE}a: "x\u0007"\n`, '5:6', 'There is the character U+0007'],
    [`${WHOLE}a: &名 x\n`, '5:4', 'The name &名 has other characters'],
    [`${WHOLE}a: 2024-02-30\n`, '5:4', '"2024-02-30" is not a day'],
  ])('reports what is read here and not by Dify: %j', (text, at, message) => {
    const [finding, ...others] = lintDifyFile(fileOf(text))
    expect(others).toEqual([])
    expect(finding).toMatchObject({ rule: 'invalid-yaml', severity: 'error' })
    expect(`${finding?.line}:${finding?.column}`).toBe(at)
    expect(finding?.message).toContain(message)
    expect(finding?.message).toMatch(/refuses/)
  })

  it('reports the first of each kind: the parser stops there', () => {
    expect(invalidYaml(contextOf(fileOf(`a: 1\t\nb: 1\t\n${WHOLE}`)))).toHaveLength(1)
  })

  it('says nothing about what Dify tolerates', () => {
    const text = `${WHOLE}a: 1\na: 2\nb: 'x\ny'\n`
    expect(invalidYaml(contextOf(fileOf(text)))).toEqual([])
  })
})

describe('not-importable', () => {
  it.each([
    [WHOLE.replace('0.5.0', '0.1'), '/version', 'The version 0.1 is a number'],
    [WHOLE.replace('mode: workflow, ', ''), '/app', 'The app has no mode'],
    [WHOLE.replace('mode: workflow', 'mode: null'), '/app/mode', 'The app has no mode'],
    [WHOLE.replace('mode: workflow', 'mode: chat'), '/app/mode', 'and no "model_config"'],
    [`${WHOLE}# ${'x'.repeat(10 * 1024 * 1024)}\n`, '', 'Dify imports 10485760 at most'],
  ])('reports what Dify does not import: %j', (text, pointer, message) => {
    const [fault, ...others] = notImportable(contextOf(fileOf(text)))
    expect(others).toEqual([])
    expect(fault).toMatchObject({ pointer, message: expect.stringContaining(message) })
  })

  it.each([
    WHOLE,
    WHOLE.replace('version: 0.5.0\n', ''),
    WHOLE.replace('version: 0.5.0', 'version: null'),
    WHOLE.replace('0.5.0', '"0.1"'),
    WHOLE.replace('kind: app\n', ''),
    `kind: rag_pipeline\nversion: 0.1.0\nrag_pipeline: {name: p}\n${GRAPH}`,
    'app: {mode: chat, name: a}\nmodel_config: {pre_prompt: x}\n',
  ])('says nothing about %j', (text) => {
    expect(notImportable(contextOf(fileOf(text)))).toEqual([])
  })
})
