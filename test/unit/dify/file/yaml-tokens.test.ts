import { expect, it } from 'vitest'
import { readYaml } from '../../../../src/dify/file/yaml-reader.js'
import { YAML_DEPTH_MAX } from '../../../../src/dify/file/yaml-tokens.js'

it('collections are nested at most as deep as the limit says', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
  expect(readYaml(nested(YAML_DEPTH_MAX), () => undefined).kind).toBe('list')
  expect(() => readYaml(nested(YAML_DEPTH_MAX + 1), () => undefined)).toThrow('nested more than')
})
