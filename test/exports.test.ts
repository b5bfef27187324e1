import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const ROOT = join(import.meta.dirname, '..')

/** A function or method of the package. */
interface Exported {
  readonly title: string
  readonly name: string
  /** Whether it returns something that a test can assert. */
  readonly hasResult: boolean
}

describe('each exported function and method', () => {
  const exported = exportedOf(entryPoints())
  const used = usesOf(testFiles())

  it('is called by a test', () => {
    const uncalled = exported.filter(({ name }) => !used.called.has(name))
    expect(uncalled.map(({ title }) => title)).toEqual([])
    expect(exported.length).toBeGreaterThan(100)
  })

  it('has a test that asserts its result, if it has one', () => {
    const unasserted = exported.filter(
      ({ name, hasResult }) => hasResult && !used.asserted.has(name),
    )
    expect(unasserted.map(({ title }) => title)).toEqual([])
  })
})

function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { readonly types: string }>
  }
  return Object.values(exports).flatMap((entry) =>
    typeof entry === 'string'
      ? []
      : [join(ROOT, entry.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'))],
  )
}

function exportedOf(entries: readonly string[]): Exported[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile) as {
    config: { compilerOptions: object }
  }
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT)
  const program = ts.createProgram([...entries], { ...options, noEmit: true })
  const checker = program.getTypeChecker()
  const found: Exported[] = []
  const add = (owner: string, symbol: ts.Symbol): void => {
    const declaration = symbol.valueDeclaration
    if (declaration === undefined) return
    const name = symbol.getName()
    const signatures = checker.getTypeOfSymbolAtLocation(symbol, declaration).getCallSignatures()
    const hasResult = signatures.some((signature) => {
      const type = checker.getReturnTypeOfSignature(signature)
      return !(
        (checker.getAwaitedType(type) ?? type).flags &
        (ts.TypeFlags.Void | ts.TypeFlags.Undefined)
      )
    })
    if (signatures.length > 0) found.push({ title: `${owner}${name}`, name, hasResult })
  }
  for (const entry of entries) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry) as ts.SourceFile)
    for (const alias of checker.getExportsOfModule(module as ts.Symbol)) {
      const symbol = alias.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(alias) : alias
      const declaration = symbol.valueDeclaration
      if (declaration === undefined) continue
      if (!ts.isClassDeclaration(declaration)) {
        add('', symbol)
        continue
      }
      const type = checker.getDeclaredTypeOfSymbol(symbol)
      for (const member of [...checker.getPropertiesOfType(type), ...membersOf(symbol.exports)])
        if (isOurs(member)) add(`${alias.getName()}.`, member)
    }
  }
  return found
}

function membersOf(table: ts.SymbolTable | undefined): ts.Symbol[] {
  return table === undefined ? [] : [...table.values()]
}

/** Public, named, and not of a class of JavaScript itself. */
function isOurs(member: ts.Symbol): boolean {
  const declaration = member.valueDeclaration
  if (declaration === undefined || declaration.getSourceFile().fileName.includes('node_modules'))
    return false
  if (!declaration.getSourceFile().fileName.includes('/src/')) return false
  if (member.getName().startsWith('__') || member.getName().startsWith('#')) return false
  const hidden = ts.ModifierFlags.Private | ts.ModifierFlags.Protected
  return (ts.getCombinedModifierFlags(declaration) & hidden) === 0
}

function testFiles(): string[] {
  const names = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  // Helpers of tests too: what a suite calls by a table of its own is in them.
  return names
    .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
    .map((name) => join(ROOT, 'test', name))
}

interface Uses {
  readonly called: Set<string>
  readonly asserted: Set<string>
}

/** What tests call, and what of it is in the argument of an `expect`, there or through a variable. */
function usesOf(files: readonly string[]): Uses {
  const uses: Uses = { called: new Set(), asserted: new Set() }
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest)
    const variables = new Map<string, ts.Node[]>()
    const asserted: ts.Node[] = []
    walk(source, (node) => {
      if (ts.isCallExpression(node)) {
        const name = calledName(node)
        if (name !== undefined) uses.called.add(name)
        if (name === 'expect' || name === 'poll') asserted.push(...node.arguments)
      }
      const made = madeBy(node)
      if (made === undefined) return
      for (const name of namesIn(made.target))
        variables.set(name, [...(variables.get(name) ?? []), made.from])
    })
    const seen = new Set<ts.Node>()
    for (let next = asserted.pop(); next !== undefined; next = asserted.pop()) {
      if (seen.has(next)) continue
      seen.add(next)
      walk(next, (node) => {
        const name = ts.isCallExpression(node) ? calledName(node) : undefined
        if (name !== undefined) uses.asserted.add(name)
        if (ts.isIdentifier(node)) asserted.push(...(variables.get(node.text) ?? []))
      })
    }
  }
  return uses
}

/** Where a value gets its name: a declaration, an assignment, a loop. */
function madeBy(node: ts.Node): { readonly target: ts.Node; readonly from: ts.Node } | undefined {
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined)
    return { target: node.name, from: node.initializer }
  if (ts.isForOfStatement(node)) return { target: node.initializer, from: node.expression }
  if (ts.isFunctionDeclaration(node) && node.name !== undefined && node.body !== undefined)
    return { target: node.name, from: node.body }
  if (
    ts.isCallExpression(node) &&
    calledName(node) === 'push' &&
    ts.isPropertyAccessExpression(node.expression)
  )
    return {
      target: node.expression.expression,
      from: ts.factory.createArrayLiteralExpression([...node.arguments]),
    }
  return undefined
}

function namesIn(target: ts.Node): string[] {
  const names: string[] = []
  walk(target, (node) => {
    if (ts.isIdentifier(node)) names.push(node.text)
  })
  return names
}

function calledName({ expression }: ts.CallExpression): string | undefined {
  if (ts.isIdentifier(expression)) return expression.text
  return ts.isPropertyAccessExpression(expression) ? expression.name.text : undefined
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node)
  ts.forEachChild(node, (child) => {
    walk(child, visit)
  })
}
