import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import {
  documentsOf,
  EXPORT_FORMAT,
  type VersionExport,
} from '../../../src/versions/memory-export.js'

const exported: VersionExport = {
  format: EXPORT_FORMAT,
  format_version: 1,
  schema: { name: 'prompts', version: 1 },
  versions: [sampleVersion('p', '1.0.0')],
}

describe('documentsOf', () => {
  it('returns the documents of an export, upgraded if its schema is earlier', () => {
    const info = { name: 'prompts', version: 2 }
    const upgrade = (document: object): object => ({ ...document, upgraded: true })
    const plain = { info, upgrade: undefined, utcOffsetMinutes: 0 }
    expect(documentsOf(exported, plain)).toEqual(exported.versions)
    expect(documentsOf(exported, { ...plain, upgrade } as never)).toEqual([
      { ...sampleVersion('p', '1.0.0'), upgraded: true },
    ])
  })

  it('refuses any other value', () => {
    const rules = { info: undefined, upgrade: undefined, utcOffsetMinutes: 0 }
    for (const wrong of [undefined, [], { ...exported, format: 'x' }, { ...exported, versions: 1 }])
      expect(() => documentsOf(wrong as never, rules)).toThrow(/must be what exportData gives/)
  })
})
