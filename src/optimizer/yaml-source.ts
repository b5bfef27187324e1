import { isScalar, parseDocument, visit, type Document } from 'yaml'
import { isError } from '../base/values.js'
import { WorkflowError } from './workflow-error.js'

/** The largest workflow file that is read, in bytes. The largest real one seen has 100 KB. */
export const WORKFLOW_BYTES_MAX: number = 16 * 1024 * 1024

/** Aliases let a small file unfold into a huge value; real exports hold none. */
const ALIASES_MAX = 100

/**
 * The value of one YAML document. Numbers come back as the text that stands in the file: node ids are written as
 * long digit strings, sometimes without quotes, and must not lose a digit.
 * Throws WorkflowError OPT-EXT-003 for anything that is not one well-formed YAML document in UTF-8.
 */
export function parseYaml(source: Uint8Array | string, file: string): unknown {
  const document = parsed(decoded(source, file), file)
  keepNumbersAsWritten(document)
  return unfolded(document, file)
}

function decoded(source: Uint8Array | string, file: string): string {
  if (typeof source === 'string') return source
  if (source.byteLength > WORKFLOW_BYTES_MAX) {
    throw refusal(file, `it has ${source.byteLength} bytes, the limit is ${WORKFLOW_BYTES_MAX}`)
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(source)
  } catch (cause) {
    throw refusal(file, 'it is not UTF-8 text', cause)
  }
}

function parsed(text: string, file: string): Document.Parsed {
  let document: Document.Parsed
  try {
    document = parseDocument(text, { prettyErrors: true, logLevel: 'error' })
  } catch (cause) {
    throw refusal(file, 'it is nested too deeply', cause)
  }
  const [first] = document.errors
  if (first !== undefined) throw refusal(file, firstLine(first.message), first)
  return document
}

function keepNumbersAsWritten(document: Document.Parsed): void {
  visit(document, {
    Scalar(_key, node) {
      if (typeof node.value === 'number' && isScalar(node) && node.source !== undefined) {
        node.value = node.source
      }
    },
  })
}

function unfolded(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX })
  } catch (cause) {
    throw refusal(file, isError(cause) ? firstLine(cause.message) : String(cause), cause)
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '')
}

function refusal(file: string, reason: string, cause?: unknown): WorkflowError {
  return new WorkflowError('OPT-EXT-003', `${file} cannot be parsed as YAML: ${reason}`, {
    context: { file, reason },
    ...(cause === undefined ? {} : { cause }),
  })
}
