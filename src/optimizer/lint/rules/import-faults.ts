import type { FileNote } from '../../../dify/workflow/dify-file.js'
import { isRecord } from '../../../base/values.js'
import { shown } from '../../../base/options.js'
import type { Fault } from '../finding.js'
import type { LintContext } from '../lint-context.js'

/** What Holdfast reads and Dify's parser refuses, by the kind of its note, with the remedy. */
const REFUSED: Partial<Readonly<Record<FileNote['kind'], string>>> = {
  tab: 'Write blanks instead',
  anchor: 'Give the anchor and its aliases a name of letters, digits, "-" and "_"',
  unfit_value: 'Put the value in quotes without a tag',
  unknown_tag: 'Remove the tag, or put the value in quotes',
  control_character: 'Remove it, or write it as an escape such as "\\u0000" in double quotes',
}

/** The first of each kind: Dify's parser stops there. */
export function invalidYaml({ file }: LintContext): readonly Fault[] {
  return Object.entries(REFUSED).flatMap(([kind, remedy]) => {
    const note = file.notes.find((each) => each.kind === kind)
    if (note === undefined) return []
    const { message, pointer, line, column } = note
    return [{ message: sentence(message), remedy, pointer, place: { line, column } }]
  })
}

/** What Dify imports at most, in bytes. */
const IMPORT_BYTES_MAX = 10 * 1024 * 1024
/** Modes of apps whose prompts are in `model_config`. */
const MODES_WITHOUT_GRAPH: readonly unknown[] = ['chat', 'agent-chat', 'completion']

/** What Dify's importer checks before it looks at the nodes. */
export function notImportable({ file }: LintContext): readonly Fault[] {
  const { bytes, value, kind } = file
  if (!isRecord(value)) return []
  const faults: Fault[] = []
  if (bytes.byteLength > IMPORT_BYTES_MAX)
    faults.push({
      message: `The file has ${bytes.byteLength} bytes: Dify imports ${IMPORT_BYTES_MAX} at most`,
      remedy: 'Remove what the app does not need',
      pointer: '',
    })
  const { version } = value
  if (typeof version === 'number' && version !== 0)
    faults.push({
      message: `The version ${version} is a number: Dify refuses all but a text`,
      remedy: `Write version: "${version}", or the version of the server, such as "0.6.0"`,
      pointer: '/version',
    })
  return kind === 'rag_pipeline' ? faults : [...faults, ...modeFaults(value)]
}

function modeFaults(value: Readonly<Record<string, unknown>>): readonly Fault[] {
  const app = isRecord(value['app']) ? value['app'] : {}
  const { mode } = app
  if (typeof mode !== 'string' || mode === '')
    return [
      {
        message: 'The app has no mode: Dify does not import it',
        remedy: 'Write the mode of the app, such as mode: workflow, below "app"',
        pointer: mode === undefined ? '/app' : '/app/mode',
      },
    ]
  if (!MODES_WITHOUT_GRAPH.includes(mode) || isRecord(value['model_config'])) return []
  return [
    {
      message: `The app has the mode ${shown(mode)} and no "model_config": Dify does not import it`,
      remedy: 'Write the mode that the app has, or export it again',
      pointer: '/app/mode',
    },
  ]
}

function sentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1)
}
