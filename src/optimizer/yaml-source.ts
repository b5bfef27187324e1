import { TextDecoder } from 'node:util'
import { composeYaml, YamlError } from './yaml-document.js'
import { valueOf } from './yaml-value.js'
import { WorkflowError } from './workflow-error.js'

/** The largest workflow file that is read unless an option says otherwise, in bytes. The largest real one seen has 100 KB. */
export const WORKFLOW_BYTES_MAX: number = 1024 * 1024

/**
 * The value of one YAML document. Numbers come back as the text that is in the file: node ids are written as long digit
 * strings, sometimes without quotes, and must not lose a digit.
 * Throws WorkflowError OPT-EXT-003 for anything that is not one well-formed YAML document in UTF-8 of at most `bytesMax`.
 */
export function parseYaml(source: Uint8Array | string, file: string, bytesMax: number): unknown {
  try {
    return valueOf(composeYaml(decoded(source, bytesMax), bytesMax))
  } catch (cause) {
    if (cause instanceof YamlError) throw refusal(file, cause)
    throw cause
  }
}

function decoded(source: Uint8Array | string, bytesMax: number): string {
  const bytes = typeof source === 'string' ? Buffer.byteLength(source) : source.byteLength
  if (bytes > bytesMax) throw new YamlError(`it has ${bytes} bytes, the limit is ${bytesMax}`)
  if (typeof source === 'string') return source
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source)
  } catch (cause) {
    throw new YamlError('it is not UTF-8 text', { cause })
  }
}

function refusal(file: string, { message, cause }: YamlError): WorkflowError {
  return new WorkflowError('OPT-EXT-003', `${file} cannot be parsed as YAML: ${message}`, {
    context: { file, reason: message },
    ...(cause === undefined ? {} : { cause }),
  })
}
