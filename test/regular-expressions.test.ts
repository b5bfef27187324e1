import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { analyse } from 'scslre'
import ts from 'typescript'
import { expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** Texts of any length and of any origin are matched: where one is too long for an expression, the process hangs. */
it('every regular expression of the library takes a time that grows with its text only', async () => {
  const slow: string[] = []
  let expressions = 0
  for (const file of await sources()) {
    for (const literal of await literalsOf(file)) {
      expressions++
      const { reports } = analyse(literal, { assumeRejectingSuffix: false })
      for (const { type, character } of reports)
        slow.push(
          `${file}: /${literal.source}/ (${type}, with many of ${character.literal.source})`,
        )
    }
  }
  expect(slow).toEqual([])
  expect(expressions).toBeGreaterThan(50)
})

it('an expression that takes a quadratic time is found', () => {
  expect(analyse({ source: '0+$', flags: '' }).reports).toHaveLength(1)
  expect(analyse({ source: '^(?:a+)+$', flags: '' }).reports).not.toHaveLength(0)
  expect(analyse({ source: '^0+$', flags: '' }).reports).toHaveLength(0)
})

async function sources(): Promise<string[]> {
  const names = await readdir(join(ROOT, 'src'), { recursive: true })
  return names.filter((name) => name.endsWith('.ts')).map((name) => join('src', name))
}

async function literalsOf(file: string): Promise<{ source: string; flags: string }[]> {
  const text = await readFile(join(ROOT, file), 'utf8')
  const literals: { source: string; flags: string }[] = []
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf('/')
      literals.push({ source: node.text.slice(1, end), flags: node.text.slice(end + 1) })
    }
    ts.forEachChild(node, visit)
  }
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest))
  return literals
}
