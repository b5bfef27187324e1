import { spawnSync } from 'node:child_process'

/** What PyYAML's `safe_load` makes of a text: a text as such, everything else with its type. */
export type PyValue =
  | string
  | readonly PyValue[]
  | { readonly map: readonly (readonly [PyValue, PyValue])[] }
  | { readonly type: string; readonly value?: string }

export interface PyResult {
  readonly ok?: PyValue
  readonly error?: string
}

/** The Python of this machine if it has PyYAML (package python3-yaml of Debian), which Dify reads its files with. */
export const HAS_PYYAML: boolean =
  spawnSync('python3', ['-c', 'import yaml'], { stdio: 'ignore' }).status === 0

const SCRIPT = `
import sys, json, yaml, datetime
def told(v):
    if v is None: return {'type': 'null'}
    if isinstance(v, bool): return {'type': 'bool', 'value': str(v).lower()}
    if isinstance(v, int): return {'type': 'int', 'value': str(v)}
    if isinstance(v, float): return {'type': 'float', 'value': repr(v)}
    if isinstance(v, datetime.date): return {'type': 'timestamp'}
    if isinstance(v, bytes): return {'type': 'binary'}
    if isinstance(v, str): return v
    if isinstance(v, list): return [told(x) for x in v]
    if isinstance(v, dict): return {'map': [[told(k), told(x)] for k, x in v.items()]}
    return {'type': type(v).__name__}
for line in sys.stdin:
    try: result = {'ok': told(yaml.safe_load(bytes.fromhex(line.strip())))}
    except Exception as e: result = {'error': (type(e).__name__ + ': ' + str(e))[:300]}
    print(json.dumps(result))
`

/** Reads many files with PyYAML, in one process. */
export function readByPyYaml(files: readonly (Uint8Array | string)[]): readonly PyResult[] {
  const input = files.map((file) => Buffer.from(file).toString('hex')).join('\n') + '\n'
  const { status, stdout, stderr } = spawnSync('python3', ['-c', SCRIPT], {
    input,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
    env: { ...process.env, PYTHONIOENCODING: 'utf-8' },
  })
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`)
  const lines = stdout.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as PyResult)
}

/** A place at which two files differ: its JSON pointer, and the new value if that is a text. */
export type PyDifference = readonly [pointer: string, value: string | null]

const DIFFERENCES = `
import sys, json, yaml
loader = getattr(yaml, 'CSafeLoader', yaml.SafeLoader)
def read(text): return yaml.load(bytes.fromhex(text), Loader=loader)
def differences(a, b, at):
    if type(a) is not type(b): return [[at, b if isinstance(b, str) else None]]
    if isinstance(a, dict):
        if list(a) != list(b): return [[at, None]]
        return [d for k in a for d in differences(a[k], b[k], at + '/' + str(k))]
    if isinstance(a, list):
        if len(a) != len(b): return [[at, None]]
        return [d for i in range(len(a)) for d in differences(a[i], b[i], at + '/' + str(i))]
    return [] if a == b else [[at, b if isinstance(b, str) else None]]
for line in sys.stdin:
    before, *after = line.split()
    value = read(before)
    print(json.dumps([differences(value, read(each), '') for each in after]))
`

/**
 * Where files differ from an original, as PyYAML reads them (with libyaml, if it has that).
 *
 * @param groups originals, each with files that were made from it
 */
export function differencesByPyYaml(
  groups: readonly (readonly [original: Uint8Array, edited: readonly Uint8Array[]])[],
): readonly (readonly (readonly PyDifference[])[])[] {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
  const input = groups
    .map(([original, edited]) => [original, ...edited].map(hex).join(' '))
    .join('\n')
  const { status, stdout, stderr } = spawnSync('python3', ['-c', DIFFERENCES], {
    input: `${input}\n`,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  })
  if (status !== 0) throw new Error(`python3 ended with ${status}: ${stderr}`)
  const lines = stdout.trimEnd().split('\n')
  return lines.map((line) => JSON.parse(line) as (readonly PyDifference[])[])
}
