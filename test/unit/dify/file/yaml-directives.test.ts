import { expect, it } from 'vitest'
import { checkDirective } from '../../../../src/dify/file/yaml-directives.js'
import { HAS_PYYAML, readByPyYaml } from '../../../support/pyyaml.js'

const READ = ['%YAML 1.1', '%YAML 1.2', '%TAG ! tag:x', '%a b', '%a-b_1', '%a']
const REFUSED = ['%YAML 2.0', '%YAML', '%YAML x', '%YAML 1.1.1', '%TAG', '%', '%é x', '%kind: app']

it.each(READ)('%j is a directive', (line) => {
  expect(() => checkDirective(`a\n${line}\n---\n`, 2)).not.toThrow()
})

it.each(REFUSED)('%j is not a directive of YAML 1', (line) => {
  expect(() => checkDirective(`${line}\n---\n`, 0)).toThrow(/directive/)
})

it.skipIf(!HAS_PYYAML)('PyYAML reads and refuses the same ones', () => {
  const read = (lines: readonly string[]): readonly boolean[] =>
    readByPyYaml(lines.map((line) => `${line}\n---\na: 1`)).map(({ ok }) => ok !== undefined)
  expect(new Set(read(READ))).toEqual(new Set([true]))
  expect(new Set(read(REFUSED))).toEqual(new Set([false]))
})
