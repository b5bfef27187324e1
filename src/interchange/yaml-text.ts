import { findTwin, yamlWithTwins } from '../config/yaml.js'
import { isError, isErrorNamed } from '../base/values.js'
import { linesOf } from './json-text.js'
import { refused, type Fault } from './item.js'

/** A YAML text that was read. */
export interface YamlText {
  readonly kind: 'value'
  readonly value: unknown
  /** The line of the value at a path, from 1; undefined if there is none. */
  readonly lineOf: (path: readonly (string | number)[]) => number | undefined
}

/** Most nodes that aliases may repeat. */
const ALIASES_MAX = 100

/** The value of a YAML text, which JSON is too, or what is wrong with the text. */
export async function parseYamlText(text: string): Promise<YamlText | Fault> {
  const yaml = await import('yaml')
  try {
    const document = yamlWithTwins(text, yaml)
    const lineAt = linesOf(text)
    const twin = findTwin(document, yaml)
    if (twin !== undefined) return refused('a key occurs twice', lineAt(twin))
    return {
      kind: 'value',
      value: document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown,
      lineOf: (path) => {
        const node = document.getIn(path, true)
        const range = yaml.isNode(node) ? node.range : undefined
        return range ? lineAt(range[0]) : undefined
      },
    }
  } catch (error) {
    if (!isErrorNamed(error, 'TypeError', 'ReferenceError')) throw error
    // The line is a part of the place.
    const reason = error.message.replace(/ at line \d+, column \d+:?$/, '')
    return refused(reason, lineOf(error.cause))
  }
}

/** The text of a value. Long lines are not folded, so that a text is found again. */
export async function yamlText(value: unknown): Promise<string> {
  const { stringify } = await import('yaml')
  return stringify(value, { lineWidth: 0 })
}

function lineOf(cause: unknown): number | undefined {
  if (!isError(cause) || !('linePos' in cause) || !Array.isArray(cause.linePos)) return undefined
  const [begin] = cause.linePos as readonly { readonly line?: number }[]
  return begin?.line
}
