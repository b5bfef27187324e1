import type * as Yaml from 'yaml'
import { wrongArgument } from '../base/misuse.js'

/** The part of the package `yaml` that is used. */
export type YamlPackage = Pick<
  typeof Yaml,
  'Lexer' | 'Parser' | 'isNode' | 'isScalar' | 'parseDocument' | 'visit'
>

/** Deepest nesting of a configuration. The composer is recursive, and would end at the end of the stack. */
const DEPTH_MAX = 50
/** Most nodes that aliases may repeat. */
const ALIASES_MAX = 100

/** The value of one YAML document. @throws TypeError when the package `yaml` is not installed, or for a wrong text */
export async function parseYamlText(text: string): Promise<unknown> {
  return yamlValue(text, await importYaml())
}

/** As `parseYamlText`, with a parser that is there. */
export function yamlValue(text: string, yaml: YamlPackage): unknown {
  return yamlDocument(text, yaml).toJS({ maxAliasCount: ALIASES_MAX }) as unknown
}

/**
 * A text as a document that keeps its comments.
 * @throws TypeError with the place of the first error, or of a key that occurs twice
 */
export function yamlDocument(text: string, yaml: YamlPackage): Yaml.Document.Parsed {
  const document = yamlWithTwins(text, yaml)
  const twin = findTwin(document, yaml)
  if (twin === undefined) return document
  const before = text.slice(0, twin).split('\n')
  const column = (before.at(-1) ?? '').length + 1
  throw wrongArgument(
    `it is not valid YAML: Map keys must be unique at line ${before.length}, column ${column}:`,
  )
}

/** As `yamlDocument`, for a text in which keys may occur twice. */
export function yamlWithTwins(text: string, yaml: YamlPackage): Yaml.Document.Parsed {
  checkDepth(text, yaml)
  const document = yaml.parseDocument(text, {
    schema: 'core',
    prettyErrors: true,
    // The composer would compare each key with all others of its mapping.
    uniqueKeys: false,
  })
  const [error] = document.errors
  if (error === undefined) return document
  throw wrongArgument(`it is not valid YAML: ${error.message.split('\n')[0] ?? ''}`, {
    cause: error,
  })
}

/** The offset of a key that its mapping has already, found in a time that grows with the length of the text only. */
export function findTwin(
  document: Yaml.Document.Parsed,
  yaml: Pick<YamlPackage, 'isNode' | 'isScalar' | 'visit'>,
): number | undefined {
  let twin: number | undefined
  yaml.visit(document, {
    Map: (_, { items }) => {
      const seen = new Set<unknown>()
      for (const { key } of items) {
        const name: unknown = yaml.isScalar(key) ? key.value : key
        if (seen.has(name) && yaml.isNode(key)) {
          twin = key.range?.[0] ?? 0
          return yaml.visit.BREAK
        }
        seen.add(name)
      }
      return undefined
    },
  })
  return twin
}

function checkDepth(text: string, { Lexer, Parser }: YamlPackage): void {
  const parser = new Parser()
  for (const lexeme of new Lexer().lex(text)) {
    // Its tokens are not needed here, but have to be taken.
    for (const token of parser.next(lexeme)) if (token.type === 'error') return
    if (parser.stack.length > DEPTH_MAX)
      throw wrongArgument(`it is nested more than ${DEPTH_MAX} levels deep`)
  }
}

async function importYaml(): Promise<YamlPackage> {
  try {
    return await import('yaml')
  } catch (cause) {
    throw wrongArgument('YAML needs a package that is not installed: npm install yaml', { cause })
  }
}
