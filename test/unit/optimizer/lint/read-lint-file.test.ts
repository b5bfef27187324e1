import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readLintFile } from '../../../../src/optimizer/lint/read-lint-file.js'
import { tempDirectory } from '../../../support/temp.js'

async function file(name: string, text: string): Promise<string> {
  const path = join(await tempDirectory(), name)
  await writeFile(path, text)
  return path
}

describe('a file with levels of rules', () => {
  it('is YAML or JSON', async () => {
    const levels = { rules: { 'no-prompt': 'off' }, overrides: [{ files: ['a*'], rules: {} }] }
    expect(
      await readLintFile(
        await file('r.yaml', 'rules: {no-prompt: off}\noverrides: [{files: [a*], rules: {}}]'),
      ),
    ).toEqual(levels)
    expect(await readLintFile(await file('r.json', JSON.stringify(levels)))).toEqual(levels)
  })

  it('is refused with another key, an unknown rule, or if it does not exist', async () => {
    await expect(readLintFile(await file('r.yaml', 'rule: {}'))).rejects.toThrow(TypeError)
    await expect(readLintFile(await file('r.yaml', 'rules: {no-promt: off}'))).rejects.toThrow(
      /no-prompt/,
    )
    await expect(readLintFile(await file('r.yaml', '[]'))).rejects.toThrow(/must have "rules"/)
    await expect(readLintFile(join(await tempDirectory(), 'r.yaml'))).rejects.toThrow(
      /there is no such file/,
    )
  })
})
