import { z } from 'zod'
import { wrongArgument } from '../base/misuse.js'
import { shown } from '../base/options.js'
import { formatPath } from '../document/json.js'
import { kindOf } from '../base/values.js'
import { unknownKey } from './keys.js'
import { isSecretName, redactUrl } from './redact.js'

/** An object without other keys; a wrong one is answered with the known one most like it. */
export function strict<Shape extends z.ZodRawShape>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? unknownKey(
            String((issue as z.core.$ZodIssueUnrecognizedKeys).keys[0]),
            Object.keys(shape),
            'it',
          )
        : undefined,
  })
}

/**
 * @param where the place of the value: '' for a whole one
 * @param source what it was read from, such as a file; the message begins with it
 * @param whole what the value is called where no key is named
 * @throws TypeError that names the first wrong key below `where`, what was expected and what was given
 */
export function strictlyParsed<Value>(
  schema: z.ZodType<Value>,
  given: unknown,
  where: string,
  source?: string,
  whole = 'the configuration',
): Value {
  const { data, error } = schema.safeParse(given, { reportInput: true })
  const issue = firstCause(error?.issues ?? [])
  if (issue === undefined) return data as Value
  const problem = described(issue, { where, whole }, valueAt(given, issue))
  throw wrongArgument(source === undefined ? problem : `${source}: ${problem}`)
}

/** A key may be missing since it is misspelt: that is then said of the unknown one beside it. */
function firstCause([first, ...rest]: readonly z.core.$ZodIssue[]): z.core.$ZodIssue | undefined {
  const beside = first === undefined ? '' : formatPath('', first.path.slice(0, -1))
  const unknown = rest.find(
    (issue) => issue.code === 'unrecognized_keys' && formatPath('', issue.path) === beside,
  )
  return unknown !== undefined && first?.input === undefined ? unknown : first
}

/** Issues with a whole sentence of their own. */
const SENTENCES = /^(Invalid backend|\w+ backend missing required config)/

function described(
  issue: z.core.$ZodIssue,
  { where, whole }: { readonly where: string; readonly whole: string },
  input: unknown,
): string {
  const path = formatPath(where, issue.path)
  const place = path === '' ? whole : path
  if (issue.code === 'unrecognized_keys') return issue.message.replace(' of it;', ` of ${place};`)
  if (SENTENCES.test(issue.message)) return issue.message
  const expected = issue.message
    .replace(/^Invalid input: expected /, 'expected ')
    .replace(/, received .*$/, '')
    .replace(/^Invalid discriminator value\. Expected (.*)$/, (_, names: string) =>
      ['expected one of', names.replaceAll(' | ', ', ')].join(' '),
    )
  const subject = path === '' ? `T${whole.slice(1)}` : `Key "${path}"`
  return `${subject} is wrong: ${expected}, got ${shownInput(input, issue.path)}`
}

/** What came at the place of the issue. An issue of a whole object may name a key of it, and has the object as its input. */
function valueAt(given: unknown, { path, input }: z.core.$ZodIssue): unknown {
  let value = given
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return input
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return value
}

/** A secret may be in the wrong place, too. */
function shownInput(input: unknown, path: readonly PropertyKey[]): string {
  const isSecret = path.some((key) => typeof key === 'string' && isSecretName(key))
  if (isSecret || typeof input === 'object') return kindOf(input)
  return shown(typeof input === 'string' ? redactUrl(input) : input)
}
