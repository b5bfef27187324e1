import assert from 'node:assert/strict'
import { enumerating } from './reading.js'
import type { VersionStorage } from '../version-storage.js'
import { isErrorNamed } from '../../base/values.js'
import { isMisuse } from './reading.js'
import {
  sampleVersion,
  versionsIn,
  withStorage,
  type ConformanceRunner,
  type ConformanceSubject,
} from './subject.js'

/** The tests of names and documents that callers should not use, and some do. */
export function argumentBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('hostile and unusual names', () => {
    it(
      'every id is found again under exactly that id, and none gets into another one',
      withStorage(subject, async (storage) => {
        for (const promptId of UNUSUAL_IDS)
          await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
        for (const promptId of UNUSUAL_IDS) {
          assert.deepEqual(
            await storage.getVersion(promptId, '1.0.0'),
            sampleVersion(promptId, '1.0.0'),
          )
          assert.deepEqual(await versionsIn(storage, promptId), ['1.0.0'])
        }
        for (const promptId of UNUSUAL_IDS)
          assert.equal(await storage.deleteVersion(promptId, '1.0.0'), true)
        for (const promptId of UNUSUAL_IDS)
          assert.deepEqual(await versionsIn(storage, promptId), [])
      }),
    )
    it(
      'every id is listed as it was given',
      enumerating(subject, async (storage) => {
        for (const promptId of UNUSUAL_IDS)
          await storage.saveVersion(sampleVersion(promptId, '1.0.0'))
        assert.deepEqual(await storage.listPromptIds(), [...UNUSUAL_IDS].sort())
        for (const promptId of UNUSUAL_IDS) await storage.deleteVersion(promptId, '1.0.0')
        assert.deepEqual(await storage.listPromptIds(), [])
      }),
    )
  })
  refusedNameBehaviour(subject, { describe, it })
  documentBehaviour(subject, { describe, it })
}

function refusedNameBehaviour(
  subject: ConformanceSubject,
  { describe, it }: ConformanceRunner,
): void {
  describe('impossible names', () => {
    it(
      'what cannot be an id is refused by every method',
      withStorage(subject, async (storage) => {
        for (const promptId of IMPOSSIBLE_IDS) await assertRefused(storage, promptId, '1.0.0')
        assert.deepEqual(await versionsIn(storage, 'p'), [])
      }),
    )
    it(
      'what cannot be an id has no names of versions',
      withStorage(
        subject,
        async (storage) => {
          const isFault = isTypeErrorNaming('')
          for (const id of IMPOSSIBLE_IDS as readonly string[]) {
            await assert.rejects(storage.listVersionNames(id), isFault)
            await assert.rejects(storage.getLatestVersionName(id), isFault)
          }
        },
        ['names'],
      ),
    )
    it(
      'what cannot be a version is refused by every method',
      withStorage(subject, async (storage) => {
        await storage.saveVersion(sampleVersion('victim', '1.0.0'))
        for (const version of IMPOSSIBLE_VERSIONS) await assertRefused(storage, 'p', version)
        assert.deepEqual(await versionsIn(storage, 'p'), [])
        assert.deepEqual(await versionsIn(storage, 'victim'), ['1.0.0'])
      }),
    )
    it(
      'a pre-release is not saved unasked, and there is none to read or delete',
      withStorage(subject, async (storage) => {
        const version = '1.0.0-beta'
        await assert.rejects(
          storage.saveVersion(sampleVersion('p', version)),
          isTypeErrorNaming(version),
        )
        // A storage that other openers may have saved one to answers; a private one may refuse the name.
        const absent = [storage.getVersion('p', version), storage.deleteVersion('p', version)]
        for (const answer of await Promise.allSettled(absent)) {
          if (answer.status === 'rejected') isTypeErrorNaming(version)(answer.reason)
          else assert.ok(answer.value === undefined || answer.value === false)
        }
        assert.deepEqual(await versionsIn(storage, 'p'), [])
      }),
    )
  })
}

function documentBehaviour(subject: ConformanceSubject, { describe, it }: ConformanceRunner): void {
  describe('documents that do not fit', () => {
    it(
      'are refused with a TypeError that names the field, and nothing is stored',
      withStorage(subject, async (storage) => {
        for (const [change, field] of MISFITS) {
          const document = { ...sampleVersion('p', '1.0.0'), ...change }
          await assert.rejects(storage.saveVersion(document as never), isTypeErrorNaming(field))
        }
        assert.deepEqual(await versionsIn(storage, 'p'), [])
      }),
    )
    it(
      'include what is not a document at all',
      withStorage(subject, async (storage) => {
        for (const given of [undefined, null, 'text', 5, [], () => {}])
          await assert.rejects(storage.saveVersion(given as never), isMisuse)
      }),
    )
  })
}

async function assertRefused(
  storage: VersionStorage,
  promptId: unknown,
  version: unknown,
): Promise<void> {
  const [id, name] = [promptId as string, version as string]
  const isFault = isTypeErrorNaming('')
  await assert.rejects(
    storage.saveVersion({ ...sampleVersion('p', '1.0.0'), prompt_id: id, version: name }),
    isFault,
  )
  await assert.rejects(storage.getVersion(id, name), isFault)
  await assert.rejects(storage.deleteVersion(id, name), isFault)
  if (IMPOSSIBLE_VERSIONS.includes(version)) return
  await assert.rejects(storage.listVersions(id), isFault)
  await assert.rejects(storage.getLatestVersion(id), isFault)
}

function isTypeErrorNaming(field: string): (error: unknown) => true {
  return (error) => {
    assert.ok(
      isErrorNamed(error, 'TypeError'),
      `expected a TypeError naming ${field}, got ${String(error)}`,
    )
    assert.ok(error.message.includes(field), `${error.message} does not name ${field}`)
    return true
  }
}

/** Ids that would lead out of a directory, or elsewhere in it. */
const PATHS = [
  '../x',
  '..',
  '.',
  '...',
  '/etc/passwd',
  'a/b',
  'a',
  'a\\b',
  'C:\\x',
  'a:b',
  '--help',
]
const ENCODED = ['%2e%2e', '%', '~', '~u8', 'hello~u8', '-']
const CASE_TWINS = ['case', 'Case', 'CASE', 'ß', 'ẞ', 'ſ', 'İ', 'ı']
const DEVICES = ['CON', 'con', 'Con.txt', 'nul.json', 'LPT1']
const EDGES = ['trailing.', 'trailing ', ' leading', '\t', '\n']
const STORE_NAMES = [
  '.index.json',
  '.summaries.jsonl',
  '.journal',
  '.lock',
  '.trash',
  '.tmp',
  '1.0.0.json',
]
const OBJECT_NAMES = ['__proto__', 'constructor', 'hasOwnProperty']
/** The same letter composed and decomposed, twice over: four ids. */
const FORM_TWINS = ['\u00e9', 'e\u0301', '\uac00', '\u1100\u1161']
const UNICODE = ['全书翻译_1739189441547', '🤖', '\u202etxt', '\ufeff']
const LONG = [
  'x'.repeat(300),
  `${'x'.repeat(299)}y`,
  'X'.repeat(300),
  '译'.repeat(341),
  'x'.repeat(1024),
]

const UNUSUAL_IDS = [
  ...PATHS,
  ...ENCODED,
  ...CASE_TWINS,
  ...DEVICES,
  ...EDGES,
  ...STORE_NAMES,
  ...OBJECT_NAMES,
  ...FORM_TWINS,
  ...UNICODE,
  ...LONG,
]

const ILL_FORMED_IDS = ['', 'a\0b', '\0', '\ud800', 'a\udc00b', 'x'.repeat(1025), '译'.repeat(342)]
const NO_IDS: readonly unknown[] = [undefined, null, 42, {}, ['p'], Symbol('p')]
const IMPOSSIBLE_IDS: readonly unknown[] = [...ILL_FORMED_IDS, ...NO_IDS]

const WRONG_COUNTS = ['', '1', '1.0', '1.0.0.0', '1..0', '1.0.x', 'latest', '*']
const WRONG_NUMBERS = [
  '01.0.0',
  '1.00.0',
  '1_0.0.0',
  '+1.0.0',
  '-1.0.0',
  '1e3.0.0',
  '0x1.0.0',
  '١.٠.٠',
]
const TOO_LARGE = ['9007199254740992.0.0', `1.0.${'9'.repeat(300)}`]
const DECORATED = [' 1.0.0', '1.0.0 ', '1.0.0\n', '1.0.0\0', 'v1.0.0', '1.0.0+build']
const VERSION_PATHS = ['../victim/1.0.0', '1.0.0/../../x', '1.0.0.json']
const NO_TEXT: readonly unknown[] = [undefined, null, 1, 1.5, {}, ['1.0.0']]
const IMPOSSIBLE_VERSIONS: readonly unknown[] = [
  ...WRONG_COUNTS,
  ...WRONG_NUMBERS,
  ...TOO_LARGE,
  ...DECORATED,
  ...VERSION_PATHS,
  ...NO_TEXT,
]

const prompt = sampleVersion('p', '1.0.0').prompt
const cycle: Record<string, unknown> = {}
cycle['self'] = cycle

const MISFITS: readonly (readonly [object, string])[] = [
  [{ extra: 1 }, 'extra'],
  [{ checksum: 'sha256:0' }, 'checksum'],
  [{ created_at: 'yesterday' }, 'created_at'],
  [{ created_at: '2025-01-17T10:30:00' }, 'created_at'],
  [{ created_at: new Date(0) }, 'created_at'],
  [{ parent_version: 3 }, 'parent_version'],
  [{ prompt: undefined }, 'prompt'],
  [{ prompt: { ...prompt, text: '  \n' } }, 'prompt.text'],
  [{ prompt: { ...prompt, text: 'x'.repeat(100_001) } }, 'prompt.text'],
  [{ prompt: { ...prompt, text: 'a\ud800' } }, 'prompt.text'],
  [{ prompt: { ...prompt, variables: ['ok', ' '] } }, 'prompt.variables[1]'],
  [{ metadata: [] }, 'metadata'],
  [{ metadata: { scores: [1, 2, Number.NaN] } }, 'metadata.scores[2]'],
  [{ metadata: { list: [undefined] } }, 'metadata.list[0]'],
  [{ metadata: { when: new Date(0) } }, 'metadata.when'],
  [{ metadata: { map: new Map() } }, 'metadata.map'],
  [{ metadata: { big: 1n } }, 'metadata.big'],
  [{ metadata: { zero: -0 } }, 'metadata.zero'],
  [{ metadata: { run: () => {} } }, 'metadata.run'],
  [{ metadata: cycle }, 'metadata.self'],
]
