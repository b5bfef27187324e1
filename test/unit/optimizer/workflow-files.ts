import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const WORKFLOW_DIRECTORY = fileURLToPath(new URL('../../../examples/dify/', import.meta.url))

export const WORKFLOW_FILES: readonly string[] = readdirSync(WORKFLOW_DIRECTORY)
  .filter((name) => name.endsWith('.yml'))
  .sort()

export function readWorkflowText(name: string): string {
  return readFileSync(join(WORKFLOW_DIRECTORY, name), 'utf8')
}

export interface CountedMessages {
  readonly nodes: number
  readonly roles: readonly string[]
  readonly empty: number
}

/** Counts the messages of the LLM nodes by looking at lines and their indentation only: no YAML parser is involved. */
export function countMessages(source: string): CountedMessages {
  const lines = source.split('\n')
  const roles: string[] = []
  let nodes = 0
  let empty = 0
  lines.forEach((line, start) => {
    if (/^ +query_prompt_template: (?!''$)./.test(line)) roles.push('user')
    if (!/^ +prompt_template:$/.test(line)) return
    nodes += 1
    const indent = line.search(/\S/)
    for (const [offset, inner] of lines.slice(start + 1).entries()) {
      const depth = inner.search(/\S/)
      if (depth !== -1 && (depth < indent || (depth === indent && !inner.startsWith('- ', depth))))
        break
      const field = inner.slice(indent + 2)
      if (depth > indent + 2 || depth === -1) continue
      const role = /^role: (\w+)$/.exec(field)?.[1]
      if (role !== undefined) roles.push(role)
      if (/^text: (''|"")$/.test(field) && lines[start + 2 + offset] !== undefined) empty += 1
    }
  })
  return { nodes, roles, empty }
}
