import { InMemoryStorage, VersionManager } from '../../../dist/index.js'
import { FileStorage } from '../../../dist/files/index.js'
import { decodeVersionFile } from '../../../dist/document/version-file.js'
import { unescapeName } from '../../../dist/document/prompt-id.js'
import { parseTimestamp } from '../../../dist/document/timestamp.js'
import { extractVariables } from '../../../dist/optimizer/variables.js'
import { parseWorkflow } from '../../../dist/optimizer/dify-workflow.js'

// Gives hostile values to calls, and prints how each ends: "read", or the error with its length. A call that
// hangs or ends the process prints no more.
const BYTES = 1 << 18
const repeated = (text) => text.repeat(Math.floor(BYTES / text.length))
const manyKeys = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`key${at}`, at]))
const longKey = { [repeated('k')]: Number.NaN }
const nested = (levels) => {
  let value = 1
  for (let level = 0; level < levels; level++) value = [value]
  return value
}
const doubled = (value, levels) => (levels === 0 ? value : doubled([value, value], levels - 1))

const version = (more) => ({
  version: '1.0.0',
  prompt_id: 'p',
  created_at: '2026-01-02T03:04:05.678Z',
  prompt: { workflow_id: 'w', node_id: 'n', node_type: 'llm', id: 'p', text: 'hello' },
  ...more,
})

const VALUES = {
  'many keys': manyKeys,
  'a key of 1 MiB': longKey,
  'keys of 50 KB': Array.from({ length: 30 }).reduce(
    (inner) => ({ ['k'.repeat(50_000)]: inner }),
    Number.NaN,
  ),
  'deep lists': nested(300_000),
  'shared parts': doubled(1, 40),
  'shared text': doubled('y'.repeat(1_000_000), 20),
  'one text many times': Array(1_000_000).fill('y'.repeat(1_000_000)),
  'a class with a long name': new { [repeated('C')]: class {} }[repeated('C')](),
  'a function with a long name': Object.defineProperty(() => 1, 'name', { value: repeated('f') }),
  'a long symbol': Symbol(repeated('s')),
  'a long text': repeated('1'),
}

const TEXTS = Object.fromEntries(
  [
    '[',
    '{"a":',
    ' ',
    '\\',
    '"',
    '9',
    '1.',
    '1.0.0-a.',
    '-',
    '%',
    '~u',
    'A',
    '{{',
    '{{a ',
    '}}',
    '{{#a.',
    '漢',
    '\0',
    '*',
    '&a ',
    '!<',
    '\n\r',
  ].map((text) => [JSON.stringify(text), repeated(text)]),
)

const JSON_TEXTS = {
  ...TEXTS,
  'closed brackets': '['.repeat(BYTES / 2) + ']'.repeat(BYTES / 2),
  'escaped quotes': `"${repeated('\\"')}"`,
  backslashes: `"${repeated('\\\\')}"`,
  'a number': repeated('9'),
  'a fraction': `0.${repeated('9')}`,
  'an exponent': `1e${repeated('9')}`,
  'different keys': JSON.stringify(manyKeys),
  'equal keys': `{${Array(70_000).fill('"a":1').join()}}`,
  prototypes: `{${Array(40_000).fill('"__proto__":{}').join()}}`,
  'nested prototypes': `${'{"__proto__":'.repeat(200)}1${'}'.repeat(200)}`,
  indexes: `{${Array.from({ length: 50_000 }, (_, at) => `"${4294967295 - at}":1`).join()}}`,
}

const CALLS = {
  'a document': [VALUES, async (value) => await save({ metadata: { value } })],
  'a field of a document': [VALUES, async (value) => await save(fieldsOf(value))],
  'the version of a document': [VALUES, async (value) => await save({ version: value })],
  'the id of a document': [VALUES, async (value) => await save({ prompt_id: value })],
  'the parent of a document': [VALUES, async (value) => await save({ parent_version: value })],
  'the variables of a document': [
    VALUES,
    async (variables) => await save({ prompt: { ...version().prompt, variables } }),
  ],
  'an export': [
    VALUES,
    async (value) => {
      const exported = new InMemoryStorage().exportData()
      await new InMemoryStorage().importData({
        ...exported,
        versions: [version({ metadata: { value } }), version(fieldsOf(value))],
      })
    },
  ],
  'an option': [
    VALUES,
    async (value) => await new InMemoryStorage().saveVersion(version(), { ifSame: value }),
  ],
  'unknown options': [VALUES, async (value) => new InMemoryStorage(value)],
  'a configuration': [VALUES, async (value) => new FileStorage(fieldsOf(value))],
  'a value to store': [VALUES, async (value) => await inFiles((files) => files.store('k', value))],
  'the metadata of a file': [
    VALUES,
    async (value) => await inFiles((files) => files.store('k', 'x', { value })),
  ],
  'a key': [VALUES, async (value) => await inFiles((files) => files.store(value, 'x'))],
  'a prefix': [VALUES, async (value) => await inFiles((files) => files.listKeys(value))],
  'a new version': [
    VALUES,
    async (value) =>
      await new VersionManager({ storage: new InMemoryStorage() }).createVersion({
        prompt: version().prompt,
        metadata: { value },
      }),
  ],
  'the issues of a schema': [
    VALUES,
    async (value) => {
      const issue = {
        message: repeated('m'),
        path: Array(10_000).fill(String(Object.keys(Object(value))[0])),
      }
      const schema = {
        '~standard': {
          version: 1,
          vendor: 'v',
          validate: () => ({ issues: Array(10_000).fill(issue) }),
        },
      }
      await new InMemoryStorage({ schema }).saveVersion(version())
    },
  ],
  'the text of a document': [
    JSON_TEXTS,
    async (text) => {
      const { document } = decodeVersionFile(
        Buffer.from(`{"metadata":{"value":${text}},${JSON.stringify(version()).slice(1)}`),
      )
      await new InMemoryStorage().saveVersion(document)
    },
  ],
  'a whole file': [JSON_TEXTS, async (text) => decodeVersionFile(Buffer.from(text))],
  'a version': [TEXTS, async (text) => await new InMemoryStorage().getVersion('p', text)],
  'an id': [TEXTS, async (text) => await new InMemoryStorage().getLatestVersion(text)],
  'a name of a prompt': [TEXTS, async (text) => unescapeName(text, { foldCase: true })],
  'a time': [TEXTS, async (text) => parseTimestamp(text)],
  placeholders: [TEXTS, async (text) => extractVariables(text)],
  'a workflow': [TEXTS, async (text) => parseWorkflow(text.slice(0, 65_536), 'hostile.yml')],
}

/** A text would spread to a field for each of its characters. */
function fieldsOf(value) {
  return typeof value === 'object' ? { ...value } : { field: value }
}

async function save(fields) {
  await new InMemoryStorage().saveVersion(version(fields))
}

async function inFiles(use) {
  await use(new FileStorage({ backend: 'memory' }))
}

for (const [kind, [values, call]] of Object.entries(CALLS)) {
  for (const [name, value] of Object.entries(values)) {
    console.log(`${kind}, ${name}: ${await outcomeOf(async () => await call(value))}`)
  }
}

async function outcomeOf(call) {
  try {
    await call()
    return 'read'
  } catch ({ name, message }) {
    const isTold = /^(TypeError|RangeError|StorageError|FormatError|WorkflowError)$/.test(name)
    return `${isTold ? 'refused' : name} with ${message.length} characters`
  }
}
