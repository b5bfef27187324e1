import { isMap, isScalar, type Document, type Pair } from 'yaml'
import * as yaml from 'yaml'
import { modernised, outdatedForms, type OutdatedForm } from '../config/deprecated.js'
import { yamlDocument, yamlValue } from '../config/yaml.js'

/** A configuration file as it is written now. */
export interface MigratedConfig {
  readonly text: string
  /** What was written in an earlier form; without any, the text is unchanged. */
  readonly forms: readonly OutdatedForm[]
}

/**
 * Writes the earlier forms of a YAML file as they are now, and keeps its comments.
 * @throws TypeError for a text that is not YAML
 */
export function migrateYaml(text: string, file: string): MigratedConfig {
  const forms = outdatedForms(yamlValue(text, yaml), file)
  if (forms.length === 0) return { text, forms }
  const document = yamlDocument(text, yaml)
  for (const form of forms) rewrite(document, form)
  return { text: document.toString({ lineWidth: 0 }), forms }
}

/** As `migrateYaml`, for JSON: the indentation stays as it is. */
export function migrateJson(text: string, file: string): MigratedConfig {
  // JSON.parse takes no byte order mark, which editors of Windows write.
  const config: unknown = JSON.parse(text.replace(/^\uFEFF/, ''))
  const forms = outdatedForms(config, file)
  if (forms.length === 0) return { text, forms }
  const [, indent = ''] = /^\s*\{\s*?\n([ \t]+)/.exec(text) ?? []
  const end = text.endsWith('\n') ? '\n' : ''
  return { text: `${JSON.stringify(modernised(config, forms), null, indent)}${end}`, forms }
}

function rewrite(document: Document.Parsed, { path, renamedTo, value }: OutdatedForm): void {
  const pair = pairAt(document, path)
  if (pair === undefined) return
  if (renamedTo !== undefined) {
    if (isScalar(pair.key)) pair.key.value = renamedTo
    return
  }
  const before: unknown = pair.value
  const node = document.createNode(value)
  if (isScalar(before) && isMap(node)) {
    const inner = node.items[0]?.value
    if (isScalar(inner)) inner.comment = before.comment ?? null
  }
  pair.value = node
}

/** The pair of a key, aliases not followed: an anchor is written where it is defined. */
function pairAt(document: Document.Parsed, path: readonly string[]): Pair | undefined {
  let node: unknown = document.contents
  let found: Pair | undefined
  for (const key of path) {
    if (!isMap(node)) return undefined
    found = node.items.find((pair) => isScalar(pair.key) && pair.key.value === key)
    node = found?.value
  }
  return found
}
