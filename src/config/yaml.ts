import type * as Yaml from 'yaml'
import { wrongArgument } from '../base/misuse.js'

/** The part of the package `yaml` that is used. */
export type YamlPackage = Pick<typeof Yaml, 'Lexer' | 'Parser' | 'parseDocument'>

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
 * @param uniqueKeys whether a key that occurs twice is an error: the composer compares each key with all others
 * @throws TypeError with the place of the first error
 */
export function yamlDocument(
  text: string,
  yaml: YamlPackage,
  uniqueKeys = true,
): Yaml.Document.Parsed {
  checkDepth(text, yaml)
  const document = yaml.parseDocument(text, { schema: 'core', prettyErrors: true, uniqueKeys })
  const [error] = document.errors
  if (error === undefined) return document
  throw wrongArgument(`it is not valid YAML: ${error.message.split('\n')[0] ?? ''}`, {
    cause: error,
  })
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
