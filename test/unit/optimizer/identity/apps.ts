import type { FileImport } from '../../../../src/optimizer/identity/file-import.js'
import {
  importWorkflows,
  type ImportOptions,
} from '../../../../src/optimizer/identity/import-workflows.js'
import type { WorkflowSource } from '../../../../src/optimizer/identity/read-sources.js'
import type { VersionStorage } from '../../../../src/versions/version-storage.js'

/** A message of an LLM node. */
export interface GivenMessage {
  readonly text: string
  readonly role?: string
  readonly id?: string
}

/** An app with one LLM node for each id, with these messages. */
export function app(
  file: string,
  nodes: Readonly<Record<string, readonly (GivenMessage | string)[]>>,
  name = 'bot',
): WorkflowSource {
  return appOf(
    file,
    Object.entries(nodes).map(([id, messages]) => ({
      id,
      data: {
        type: 'llm',
        prompt_template: messages.map((message) =>
          typeof message === 'string'
            ? { role: 'system', text: message }
            : { role: 'system', ...message },
        ),
      },
    })),
    name,
  )
}

/** An app with these nodes. */
export function appOf(file: string, nodes: readonly object[], name = 'bot'): WorkflowSource {
  return { file, content: JSON.stringify({ app: { name }, workflow: { graph: { nodes } } }) }
}

/** The entry of the only file of an import. */
export async function importOne(
  storage: VersionStorage,
  source: WorkflowSource,
  options: Omit<ImportOptions, 'storage'> = {},
): Promise<FileImport> {
  const [file] = await importWorkflows([source], { storage, ...options })
  if (file === undefined) throw new Error('The import has no entry')
  return file
}

/** `id@version` of what an import saved. */
export function saved({ prompts }: FileImport): readonly string[] {
  return prompts
    .filter(({ outcome }) => outcome !== 'unchanged')
    .map(({ prompt_id, version }) => `${prompt_id}@${version}`)
}
