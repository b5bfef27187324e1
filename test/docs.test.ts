import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../src/cli/errors.js'
import { buildProgram } from '../src/cli/program.js'
import { Session } from '../src/cli/session.js'
import { JSON_VALUES_MAX } from '../src/document/freeze-json.js'
import { JSON_DEPTH_MAX } from '../src/document/json.js'
import { PROMPT_ID_BYTES_MAX } from '../src/document/prompt-id.js'
import { PROMPT_TEXT_CHARACTERS_MAX } from '../src/versions/prompts/prompt.js'
import { PATH_BYTES_MAX } from '../src/format/record.js'
import { VERSION_FILE_BYTES_MAX } from '../src/document/version-file.js'
import { VERSION_CHARACTERS_MAX } from '../src/document/version-number.js'
import { DIRECTORY_OPTION_NAMES, resolveDirectoryOptions } from '../src/engine/directory-options.js'
import { DurableDirectory } from '../src/engine/durable-directory.js'
import { INLINE_BYTES_MAX } from '../src/engine/journal/segments.js'
import { TRANSACTION_OPERATIONS_MAX } from '../src/engine/commit/transaction.js'
import { STORAGE_ERROR_CODES } from '../src/base/errors.js'
import { FileLocks } from '../src/locks/file-locks.js'
import { resolveFileStorageConfig } from '../src/files/config.js'
import { FILE_STORAGE_OPTION_NAMES } from '../src/files/file-storage-options.js'
import { SEED_KEYS } from '../src/files/seed-config.js'
import {
  FILE_SYSTEM_OPTION_NAMES,
  resolveFileSystemOptions,
} from '../src/versions/file-system/file-system-options.js'
import { codeBlocks, read, runExample, section } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'

const ROOT = fileURLToPath(new URL('../', import.meta.url))
const DOCUMENTS = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'UPGRADING.md',
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
].filter((name) => name.endsWith('.md'))

/** What is in the first cells of tables, without its back quotes. */
function firstCells(text: string): string[] {
  return Array.from(text.matchAll(/^\| `([^`]+)`/gm), (match) => match[1] ?? '')
}

describe('links', () => {
  it.each(DOCUMENTS)('in %s lead to files and headings that exist', (file) => {
    const links = Array.from(withoutCode(read(file)).matchAll(/\]\(([^)]+)\)/g), (m) => m[1] ?? '')
    const broken = links.filter((link) => !/^https?:/.test(link) && !leadsSomewhere(file, link))
    expect(broken).toEqual([])
  })
})

function withoutCode(text: string): string {
  return text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = decodeURI(link).split('#')
  const target = path === '' ? join(ROOT, from) : resolve(ROOT, dirname(from), path)
  if (!existsSync(target)) return false
  return anchor === undefined || anchorsOf(target).includes(anchor)
}

/** As GitHub makes them from headings. */
function anchorsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8').replace(/^```.*?^```$/gms, '')
  return Array.from(text.matchAll(/^#+ (.*)$/gm), (match) =>
    (match[1] ?? '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

describe('docs/errors.md', () => {
  it.each(STORAGE_ERROR_CODES)('says what %s means, whether to retry, and what to do', (code) => {
    const text = section('docs/errors.md', `### ${code}`)
    const meaning = text.trim().split('\n')[0] ?? ''
    expect(meaning.length).toBeGreaterThan(20)
    expect(text).toMatch(/^Retry: /m)
    expect(text).toMatch(/Remedy: |\| Remedy/)
  })

  it('has each failure of SQLite and each state of PostgreSQL with its code, and what to do', () => {
    const rows = (name: string, from: RegExp): readonly (readonly [string, string])[] => {
      const [, table = ''] = from.exec(read(name)) ?? []
      return Array.from(
        table.matchAll(/^\s+'?(\w+)'?: (?:\{\s+code: )?'(FS-[A-Z]+-\d+)'/gm),
        (row) => [row[1] ?? '', row[2] ?? ''],
      )
    }
    const known = [
      ...rows('src/sqlite/failure.ts', /^const MEANINGS[^=]*= \{$(.*?)^\}/ms),
      ...rows('src/postgres/failure.ts', /^const CODES[^=]*= \{$(.*?)^\}/ms),
    ]
    expect(known.length).toBeGreaterThan(30)
    const lines = ['## SQLite', '## PostgreSQL'].flatMap((chapter) =>
      section('docs/errors.md', chapter).split('\n'),
    )
    const missing = known.filter(([name, code]) => {
      const cell = new RegExp(`\`${name}…?\``)
      return !lines.some((line) => cell.test(line.split('|')[1] ?? '') && line.includes(code))
    })
    expect(missing).toEqual([])
  })

  it('has each reason that a database, a bucket, a lock or a migration gives', () => {
    const text = read('docs/errors.md')
    const rooms = ['sqlite', 'postgres', 'buckets', 'locks', 'migration', 'objects']
    const sources = rooms.flatMap((room) =>
      readdirSync(join(ROOT, 'src', room))
        .filter((name) => name.endsWith('.ts'))
        .map((name) => read(`src/${room}/${name}`)),
    )
    const given = sources.flatMap((source) =>
      Array.from(
        source.matchAll(/\breason: '([\w-]+)'|^\s+'(\w+)',\n(?:\s+\w+,\n)?\s+\)$/gm),
        (match) => match[1] ?? match[2] ?? '',
      ),
    )
    expect(given).toEqual(
      expect.arrayContaining(['no_store', 'server_version', 'older', 'contention']),
    )
    const missing = given.filter(
      (reason) => !text.includes(`\`${reason}\``) && !text.includes(`'${reason}'`),
    )
    expect(missing).toEqual([])
  })

  it('documents no code that does not exist', () => {
    const documented = Array.from(read('docs/errors.md').matchAll(/^### (\S+)$/gm), (m) => m[1])
    expect(documented).toEqual([...STORAGE_ERROR_CODES])
  })
})

describe('options', () => {
  it('of DurableDirectory are in docs/durable-directory.md, each and no other', () => {
    const rows = firstCells(section('docs/durable-directory.md', '## Options'))
    expect(rows.sort()).toEqual([...DIRECTORY_OPTION_NAMES].sort())
  })

  it('of FileSystemStorage are in docs/version-storage.md, each and no other', () => {
    const text = section('docs/version-storage.md', '## Options').split('\n### ')[0] ?? ''
    expect(firstCells(text).sort()).toEqual([...FILE_SYSTEM_OPTION_NAMES].sort())
  })
})

describe('configuration', () => {
  it('of FileStorage is in docs/files.md, each key and no other', () => {
    const rows = firstCells(section('docs/files.md', '## Configuration'))
    expect(rows.sort()).toEqual([...FILE_STORAGE_OPTION_NAMES].sort())
  })
})

describe('defaults', () => {
  it.each([
    ['docs/durable-directory.md', '## Options', resolveDirectoryOptions()],
    ['docs/version-storage.md', '## Options', resolveFileSystemOptions({ storageDir: 'x' })],
    ['docs/files.md', '## Configuration', resolveFileStorageConfig()],
  ])('in %s are those of the code', (file, heading, options) => {
    const rows = Array.from(
      section(file, heading).matchAll(/^\| `(\w+)` +\| ([^|]*?) +\|/gm),
      ([, option = '', cell = '']) => ({ option, stated: stated(cell) }),
    ).filter(({ option, stated }) => option in options && stated !== undefined)
    const real = rows.map(({ option }) => ({
      option,
      stated: Reflect.get(options, option) as unknown,
    }))
    expect(rows).toEqual(real)
    expect(rows.length).toBeGreaterThan(9)
  })
})

const UNITS = { KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const

/** The value that a cell states: a number, a size, text, true or false; undefined for what is told in words. */
function stated(cell: string): unknown {
  const value = cell.replaceAll('`', '')
  const text = /^'(.*)'$/.exec(value)
  if (text !== null) return text[1]
  if (/^(true|false)$/.test(value)) return value === 'true'
  const [, digits, unit] = /^(0o[0-7]+|[\d,]+)(?: ([KMG]iB))?$/.exec(value) ?? []
  if (digits === undefined) return undefined
  return (
    Number(digits.replaceAll(',', '')) *
    (unit === undefined ? 1 : UNITS[unit as keyof typeof UNITS])
  )
}

describe('UPGRADING.md', () => {
  it('names the option that each key of the seed documents is now', () => {
    const rows = section('UPGRADING.md', '### Options of FileStorage').matchAll(
      /^\| `(\w+)` +\| `(\w+)/gm,
    )
    const renames = Array.from(rows, ([, from = '', to = '']) => [from, to])
    expect(Object.fromEntries(renames)).toEqual(SEED_KEYS)
  })
})

describe('docs/cli.md', () => {
  const program = buildProgram(
    new Session({
      argv: [],
      variables: {},
      stdin: process.stdin,
      stdout: process.stdout,
      stderr: process.stderr,
      signal: new AbortController().signal,
    }),
  )

  it('lists every command and no other, and has a chapter for each', () => {
    const names = program.commands.map((command) => command.name())
    const table = read('docs/cli.md').split('\n## ')[0] ?? ''
    expect(firstCells(table).sort()).toEqual([...names].sort())
    const chapters = Array.from(read('docs/cli.md').matchAll(/^## (.*)$/gm), (m) => m[1] ?? '')
    expect(chapters.flatMap((title) => title.split(', '))).toEqual(expect.arrayContaining(names))
  })

  it('names every option', () => {
    const options = [program, ...program.commands].flatMap((command) => command.options)
    const text = read('docs/cli.md')
    const missing = options.map(({ long }) => long ?? '').filter((long) => !text.includes(long))
    expect(missing).toEqual([])
  })

  it('gives every exit status, as docs/errors.md does', () => {
    const wanted = [...Object.values(EXIT).map(String), '130, 143']
    for (const file of ['docs/cli.md', 'docs/errors.md']) {
      const rows = Array.from(read(file).matchAll(/^\| (\d+(?:, \d+)?) +\|/gm), (m) => m[1] ?? '')
      expect(rows, file).toEqual(wanted)
    }
  })
})

describe('README.md', () => {
  it('gives the limits that the code has', () => {
    const limits = section('README.md', '## Limits')
    const wanted = [
      `1 to ${PROMPT_ID_BYTES_MAX} bytes`,
      `${VERSION_CHARACTERS_MAX} characters`,
      `${VERSION_FILE_BYTES_MAX / 1024 / 1024} MiB`,
      `${JSON_DEPTH_MAX} levels`,
      `${JSON_VALUES_MAX.toLocaleString('en')} values`,
      `${PROMPT_TEXT_CHARACTERS_MAX.toLocaleString('en')} characters`,
      `${TRANSACTION_OPERATIONS_MAX} `,
      `over ${INLINE_BYTES_MAX / 1024} KiB`,
      `${PATH_BYTES_MAX} bytes`,
    ]
    expect(wanted.filter((limit) => !limits.includes(limit))).toEqual([])
  })

  it('gives the limit of a transaction that the error names', async () => {
    await using directory = await DurableDirectory.open(await tempDirectory())
    const operations = Array.from({ length: 17 }, (_, at) => ({
      kind: 'create' as const,
      path: `${at}`,
      bytes: new Uint8Array(INLINE_BYTES_MAX),
    }))
    const error: unknown = await directory.commit(operations).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(RangeError)
    const most = /at most (\d+) bytes/.exec(String(error))?.[1]
    expect(section('README.md', '## Limits')).toContain(
      `${Number(most).toLocaleString('en')} by default`,
    )
  })
})

describe('commands', () => {
  it('that the documents call with npm run exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const called = DOCUMENTS.flatMap((file) =>
      Array.from(read(file).matchAll(/npm run ([a-z:-]+)/g), (match) => match[1] ?? ''),
    )
    expect(called.length).toBeGreaterThan(0)
    expect(called.filter((name) => !(name in scripts))).toEqual([])
  })
})

describe('examples', () => {
  it('in README.md: the first one runs as it is', async () => {
    const directory = await tempDirectory()
    const { stdout, stderr, status } = await runExample(codeBlocks('README.md', 'ts')[0], directory)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(stdout).toBe(`Hello! ${join(directory, 'notes', 'greeting', '1.0.0.json')}\n`)
    expect(readdirSync(join(directory, 'notes', 'greeting'))).toEqual(['1.0.0.json'])
  })

  it('in docs/durable-directory.md: the money arrives', async () => {
    const directory = await tempDirectory()
    const { stderr, status } = await runExample(
      codeBlocks('docs/durable-directory.md', 'ts')[0],
      directory,
    )
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(readFileSync(join(directory, 'accounts', 'alice.json'), 'utf8')).toBe('{"balance":90}')
    expect(readFileSync(join(directory, 'accounts', 'bob.json'), 'utf8')).toBe('{"balance":10}')
  })

  it.each([
    ['unstorage', 0, 'users/7/profile.json', '{"name":"Ada"}'],
    ['Keyv', 1, 'users/7.json', '{"value":{"name":"Ada"}}'],
  ])(
    'in docs/adapters.md: with %s, a value is the file that it says',
    async (_, at, file, text) => {
      const directory = await tempDirectory()
      const example = codeBlocks('docs/adapters.md', 'ts')[at]
      const { stdout, stderr, status } = await runExample(example, directory)
      expect(stderr).toBe('')
      expect(status).toBe(0)
      expect(stdout).toBe("{ name: 'Ada' }\n")
      expect(readFileSync(join(directory, 'data', file), 'utf8')).toBe(text)
    },
  )

  it('in docs/locks.md: a lock is held and released', async () => {
    const directory = await tempDirectory()
    const { stdout, stderr, status } = await runExample(
      codeBlocks('docs/locks.md', 'ts')[0],
      directory,
    )
    expect({ stdout, stderr, status }).toEqual({
      stdout: 'report for a\nreport for b\nreport for c\n',
      stderr: '',
      status: 0,
    })
    await using locks = await FileLocks.open(join(directory, 'locks'))
    expect((await locks.acquire('nightly-report', { waitMs: 0 })).token).toBeGreaterThan(0)
  })

  it('in docs/files.md: a value comes back, and a store gets another key', async () => {
    const directory = await tempDirectory()
    const [first = '', rotating = ''] = codeBlocks('docs/files.md', 'ts')
    const { stdout, stderr, status } = await runExample(`${first}\nconsole.log(profile)`, directory)
    expect({ stdout, stderr, status }).toEqual({
      stdout: "{ name: 'Ada' }\n",
      stderr: '',
      status: 0,
    })
    const rotated = await runExample(rotating, await tempDirectory())
    expect(rotated).toEqual({ stdout: '', stderr: '', status: 0 })
  })

  it('in docs/recipes.md: ten tasks of at most five lines each do what they say', async () => {
    const directory = await tempDirectory()
    const [beginning = '', ...tasks] = codeBlocks('docs/recipes.md', 'ts')
    expect(tasks).toHaveLength(10)
    for (const task of tasks) expect(task.trim().split('\n').length).toBeLessThanOrEqual(5)
    const program = [beginning, ...tasks.map((task) => `{\n${task}}`)].join('\n')
    const { stdout, stderr, status } = await runExample(program, directory)
    expect({ stderr, status }).toEqual({ stderr: '', status: 0 })
    expect(stdout.trim().split('\n')).toEqual([
      '1.0.0 true',
      '1.1.0 1.0.0',
      'Hello {{name}}, welcome to {{place}}',
      '1.0.0',
      '1.0.0',
      'null > 1.0.0 by ada, 1.0.0 > 1.1.0 by ada, 1.1.0 > 1.0.0 by bob',
      'placeholder {{place}} was added, words changed',
      'save 1.1.1',
      'kept 2 removed 1.1.0',
      "[ '1.0.0', '1.1.1' ]",
    ])
  })

  it('in docs/registry.md: a prompt is published, labelled and rendered', async () => {
    const directory = await tempDirectory()
    const { stdout, stderr, status } = await runExample(
      codeBlocks('docs/registry.md', 'ts')[0],
      directory,
    )
    expect({ stdout, stderr, status }).toEqual({
      stdout: '1.0.0 Hello Bob!\n',
      stderr: '',
      status: 0,
    })
  })

  it('in docs/version-storage.md: a schema of your own is taken', async () => {
    const directory = await tempDirectory()
    const example = codeBlocks('docs/version-storage.md', 'ts').find((code) => code.includes('zod'))
    const { stderr, status } = await runExample(example, directory)
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(readdirSync(join(directory, 'documents', 'a'))).toEqual(['1.0.0.json'])
  })
})
