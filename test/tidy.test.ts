import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { STORAGE_ERROR_CODES } from '../src/base/errors.js'

const ROOT = join(import.meta.dirname, '..')
const CPP_LINES_MAX = 350
const LINES_MAX = 300
const NAMES_ON_DISK = ['src/format/layout.ts', 'src/document/store-names.ts']
/** The rooms of src/, from the ground up, and what each may import beside itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  format: ['base'],
  document: ['base'],
  disk: ['base', 'format'],
  objects: ['base', 'disk'],
  engine: ['base', 'format', 'disk'],
  locks: ['base', 'disk', 'engine'],
  versions: ['base', 'format', 'document', 'engine', 'locks'],
  files: ['base', 'format', 'document', 'engine', 'objects'],
  sqlite: ['base', 'document', 'disk', 'versions'],
  postgres: ['base', 'versions'],
  buckets: ['base', 'document', 'objects', 'versions'],
  config: ['base', 'document', 'disk', 'engine', 'versions', 'postgres', 'sqlite', 'buckets'],
  adapters: ['base', 'files'],
  testing: ['versions', 'files'],
  dify: ['base', 'document'],
  optimizer: ['base', 'document', 'disk', 'versions', 'config', 'dify'],
  migration: ['base', 'document', 'disk', 'engine', 'versions'],
  interchange: ['base', 'document', 'disk', 'versions', 'config'],
  wire: ['versions'],
  client: ['base', 'document', 'versions', 'wire'],
  server: ['base', 'document', 'versions', 'files', 'interchange', 'wire'],
  mcp: ['base', 'document', 'versions'],
  cli: [
    'base',
    'document',
    'disk',
    'engine',
    'locks',
    'versions',
    'files',
    'config',
    'dify',
    'optimizer',
    'migration',
    'interchange',
    'server',
    'mcp',
  ],
  // The table of contents.
  index: ['base', 'format', 'document', 'disk', 'engine', 'versions', 'config'],
}

/** Where words are held to the list of CONTRIBUTING.md. A folder is read with everything below it. */
const WORDED: readonly (readonly [place: string, suffix: string])[] = [
  ['README.md', '.md'],
  ['docs', '.md'],
  ['src', '.ts'],
  ['native', '.cc'],
  ['native', '.h'],
  ['test', '.ts'],
  ['test', '.mjs'],
  ['bench', '.ts'],
  ['bench', '.mjs'],
  ['examples', '.mjs'],
]
/** The list: what is not written, and what is written instead. */
const UNWANTED: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\bg(?:ives?|ave|iven|iving) back\b/gi, 'returns, releases, restores'],
  // Exempt: the user of that name.
  [/\bwhoever\b|(?<!\buser:? ')\b(?:some|no|any)body\b/gi, 'callers, readers, another process'],
  [
    /(?<!\bthere )\b(?:is|are|was|were|be|been) no (?!longer\b|more\b|less\b|matter\b)/gi,
    'is not a, is missing, does not exist',
  ],
  [/\banew\b/gi, 'again, rewrite, rebuild'],
  [/\bto be had\b/gi, 'timed out waiting for, missing'],
  [/\b(?:stands?|stood)\b(?! for\b|-ins?\b|-alone\b)/gi, 'is, is in'],
  [/(?<!\bno )\blies\b|\blay\b|\blie (?:at|below|beside|in|on)\b/gi, 'is, is in'],
  [/\bso (?:many|much)\b/gi, 'that many, this much'],
  [/\bneeds not\b/gi, 'does not need to, is optional'],
  [/\bours\b/gi, 'of Holdfast, our'],
  [/\bmend(?:s|ed|ing)?\b/gi, 'repair, fix'],
  [/\b(?:tells?|told) of\b/gi, 'reports, names'],
  [/\bother hands\b/gi, 'another program'],
  [/\btaken for\b/gi, 'treated as'],
  [/\bknown again\b/gi, 'recognised'],
  [/\bfor want of\b/gi, 'for lack of'],
  [/\bfor ever\b/gi, 'forever'],
  [/\bhalf there\b/gi, 'half-written'],
]

/** There, "ours" and "theirs" are the sides of a merge, as in git. */
const MERGES = /^(src|test\/unit)\/(versions\/registry\/|cli\/(commands\/merge|conflict-text)\.)/

interface Source {
  readonly path: string
  readonly text: string
}

describe('the house', () => {
  it('reaches the file system from disk/ alone', async () => {
    const offenders = (await sources('src', '.ts')).filter(
      ({ path, text }) => !path.startsWith('src/disk/') && /from 'node:fs(\/promises)?'/.test(text),
    )
    expect(paths(offenders).filter((path) => !path.startsWith('src/cli/'))).toEqual([])
  })

  it('passes no list of unknown length as arguments', async () => {
    // V8 takes some 120,000 of them. Those named here have a bound.
    const bounded =
      /unshift\(\.\.\.(again|batch)\)|made\.push\(\.\.\.\(await disk\.makeParents|Math\.max\(\.\.\.widths\)|Math\.max\(0, \.\.\.segments\.map/g
    const spread = /\b(push|unshift|fromCharCode|Math\.(max|min))\([^(){]*\.\.\./
    const offenders = (await sources('src', '.ts')).filter(({ text }) =>
      spread.test(code(text).replace(bounded, '')),
    )
    expect(paths(offenders)).toEqual([])
  })

  it('touches the process from cli/ alone', async () => {
    const offenders = (await sources('src', '.ts')).filter(
      ({ path, text }) =>
        !path.startsWith('src/cli/') &&
        /(?<![-.\w'])process\.(?!pid\b|arch\b|platform\b|report\b)/.test(code(text)),
    )
    expect(paths(offenders)).toEqual([])
  })

  it('imports only what each room may import', async () => {
    const offenders: string[] = []
    for (const { path, text } of await sources('src', '.ts')) {
      const room = roomOf(path)
      for (const [, specifier = ''] of text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)) {
        const target = roomOf(join(dirname(path), specifier))
        if (target !== room && !MAY_IMPORT[room]?.includes(target))
          offenders.push(`${path} -> ${target}/`)
      }
    }
    expect(offenders).toEqual([])
  })

  it('tells values by what they are, and by their class only where the class is its own', async () => {
    // Errors and bytes come from other realms and other copies of the package; these classes are thrown and caught here.
    const own =
      /instanceof (DiskError|ShortReply|PublishError|FormatError|ObjectFailure|WorkflowError|YamlError|CliError|Interruption|StagedFile|SpooledBody|LocalBackend|MarkMoved|LabelMoves)\b/g
    const foreign = /instanceof (TaskCancelledError|BrokenCircuitError|CommanderError)\b/g
    const offenders = (await sources('src', '.ts')).filter(({ text }) =>
      /\binstanceof\b|z\.(instanceof|date)\(|isNativeError|Buffer\.isBuffer/.test(
        code(text)
          .replace(own, '')
          .replace(foreign, '')
          .replaceAll(/Buffer\.isBuffer\((this\.#)?content\)/g, ''),
      ),
    )
    expect(paths(offenders)).toEqual(['src/base/values.ts'])
  })

  it('makes errors of misuse in base/misuse.ts alone, so that each has its code', async () => {
    // What is given to a disk comes from the engine: a wrong request is a defect of ours.
    const offenders = (await sources('src', '.ts')).filter(({ text }) =>
      /\bnew (Type|Range)Error\(/.test(code(text)),
    )
    expect(paths(offenders)).toEqual(['src/base/misuse.ts', 'src/disk/portable/commit-stage.ts'])
  })

  it('takes text coders from node:util, since a browser stand-in has none or its own', async () => {
    const offenders = (await sources('src', '.ts')).filter(({ text }) =>
      ['TextDecoder', 'TextEncoder'].some(
        (name) => text.includes(`new ${name}`) && !coders(text).includes(name),
      ),
    )
    expect(paths(offenders)).toEqual([])
  })

  it('takes clocks and timers from base/clock.ts alone', async () => {
    const ambient =
      /\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bqueueMicrotask\b|\bsetImmediate\b|\bnextTick\b|\bhrtime\b|node:timers|node:perf_hooks/
    const timers = ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval']
    const offenders = (await sources('src', '.ts')).filter(({ text }) => {
      const called = timers.filter((name) => new RegExp(`(?<![.\\w])${name}\\(`).test(code(text)))
      const [, imported = ''] =
        /import \{([^}]*)\} from '[./]+(?:base\/)?clock\.js'/.exec(text) ?? []
      return ambient.test(code(text)) || called.some((name) => !imported.includes(name))
    })
    expect(paths(offenders)).toEqual(['src/base/clock.ts'])
  })

  it('spells the names on disk in one place for each room', async () => {
    const names =
      /['"`/]\.(journal|tmp|lock|presence|checkpoint|owner|shared|holdfast\.json|quarantine|index\.json|metadata\.json|trash|prompt\.json|labels|meta|files\.json)\b/
    const offenders = (await sources('src', '.ts')).filter(
      ({ path, text }) =>
        !NAMES_ON_DISK.includes(path) &&
        !/^src\/(versions|files)\/conformance\//.test(path) &&
        names.test(code(text)),
    )
    expect(paths(offenders)).toEqual([])
  })

  it('throws, tests and documents every error code', async () => {
    const thrown = (await sources('src', '.ts')).filter(({ path }) => path !== 'src/base/errors.ts')
    const tests = await sources('test', '.ts')
    const documented = await readFile(join(ROOT, 'docs/errors.md'), 'utf8')
    const missing = STORAGE_ERROR_CODES.flatMap((errorCode) => [
      ...(has(thrown, `'${errorCode}'`) || errorCode === 'OPT-VER-001'
        ? []
        : [`${errorCode} is never thrown`]),
      ...(has(tests, errorCode) ? [] : [`${errorCode} is in no test`]),
      ...(documented.includes(errorCode) ? [] : [`${errorCode} is in no document`]),
    ])
    expect(missing).toEqual([])
  })

  it('has no test switched off, no work left undone, and no check that cannot fail', async () => {
    const all = [...(await sources('src', '.ts')), ...(await sources('test', '.ts'))].filter(
      ({ path }) => path !== 'test/tidy.test.ts',
    )
    const unfinished =
      /\b(TODO|FIXME|XXX|HACK)\b|\b(it|test|describe)\.(only|todo)\(|\b(it|describe)\.skip\(|test\.skip\([`'"]|@ts-(ignore|nocheck)|(ox|es)lint-disable/
    expect(paths(all.filter(({ text }) => unfinished.test(text)))).toEqual([])
  })

  it('has a test of its name for each source file', async () => {
    // Exempt: suites of a contract, which are tests; tables of contents; the entry, which runs in a process of its own.
    const exempt = /\/(conformance\/.*|index|main)\.ts$/
    const tests = new Set(paths(await sources('test/unit', '.test.ts')))
    const untested = (await sources('src', '.ts')).filter(
      ({ path, text }) =>
        !exempt.test(path) &&
        hasCode(text) &&
        !tests.has(path.replace(/^src/, 'test/unit').replace(/\.ts$/, '.test.ts')),
    )
    expect(paths(untested)).toEqual([])
  })

  it('shows each folder of src/ in the tree of CONTRIBUTING.md', async () => {
    const text = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
    const [, tree = ''] = /^```\nsrc\/\n(.*?)^```$/ms.exec(text) ?? []
    const folders = new Set((await sources('src', '.ts')).map(({ path }) => dirname(path)))
    const missing = [...folders].filter((folder) => !tree.includes(`${folder.split(sep).at(-1)}/`))
    expect(missing).toEqual(['src'])
  })

  it('keeps files short: those of a class have 400 lines at most, others 300', async () => {
    const long = (await sources('src', '.ts')).filter(
      ({ path, text }) =>
        text.split('\n').length > LINES_MAX + 1 &&
        !/^export class /m.test(text) &&
        // A table of contents is as long as what it lists.
        !(
          path.endsWith('/index.ts') &&
          !hasCode(text.replace(/^export (type )?\{[^}]*\} from .*$/gm, ''))
        ),
    )
    expect(paths(long)).toEqual([])
  })

  it('keeps its C++ files short enough to read', async () => {
    const native = [...(await sources('native', '.cc')), ...(await sources('native', '.h'))]
    const long = native.filter(({ text }) => text.split('\n').length > CPP_LINES_MAX + 1)
    expect(paths(long)).toEqual([])
  })

  it('keeps each operating system in a file of its own', async () => {
    const native = [...(await sources('native', '.cc')), ...(await sources('native', '.h'))]
    const mixed = native.filter(
      ({ path, text }) =>
        /#\s*if(def)?.*(__APPLE__|_WIN32|__linux__)/.test(text) &&
        !/(darwin|linux|windows|posix|crc32c)[\w]*\.(cc|h)$/.test(path),
    )
    expect(paths(mixed)).toEqual([])
  })

  it('uses the words of CONTRIBUTING.md', async () => {
    const offenders: string[] = []
    for (const [place, suffix] of WORDED)
      for (const { path, text } of await sources(place, suffix))
        // The list itself is in this file.
        for (const [pattern, instead] of path === 'test/tidy.test.ts' ? [] : UNWANTED)
          for (const [found] of prose(path, text).matchAll(pattern))
            if (found !== 'ours' || !MERGES.test(path))
              offenders.push(`${path}: "${found.trim()}"; write: ${instead}`)
    expect(offenders).toEqual([])
  })

  it('lists in CONTRIBUTING.md what that rule fails on', async () => {
    const text = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8')
    const [, list = ''] = /^## Words$(.*?)^One term/ms.exec(text) ?? []
    const avoided = list.split('\n').map((line) => line.split('|')[2] ?? '')
    const missing = UNWANTED.filter(([pattern]) => avoided.join('\n').match(pattern) === null)
    expect(missing.map(([pattern]) => pattern.source)).toEqual([])
  })

  it('decides nothing by the name of a system call', async () => {
    // Those are for people; what is decided about a failure hangs on its phase and its reason (src/disk/disk-error.ts).
    const deciding = [
      /\bsyscall\b['"\])]*\s*[!=]==?[^=]/,
      /[!=]==?\s*[\w.?!]*\bsyscall\b/,
      /\.(has|get|includes|indexOf|startsWith|endsWith|match|test|exec)\([^()\n]*\bsyscall\b/,
      /\w\[[\w.?!]*\bsyscall\]/,
      /\b(switch|strcmp|strncmp) ?\([^{\n]*\bsyscall\b/,
      /string(_view)?\([\w.>-]*\bsyscall\)/,
    ]
    const all = [
      ...(await sources('src', '.ts')),
      ...(await sources('native', '.cc')),
      ...(await sources('native', '.h')),
    ]
    const offenders = all.filter(({ text }) => deciding.some((each) => each.test(code(text))))
    expect(paths(offenders)).toEqual([])
  })

  it('names no registry in a lockfile', async () => {
    for (const lockfile of [
      'package-lock.json',
      'bench/package-lock.json',
      'test/proof/attack/runners/package-lock.json',
    ]) {
      expect(await readFile(join(ROOT, lockfile), 'utf8'), lockfile).not.toMatch(
        /"resolved"|https?:\/\/registry/,
      )
    }
  })
})

/** @param place a folder with all below it, or one file */
async function sources(place: string, suffix: string): Promise<Source[]> {
  if (place.endsWith(suffix))
    return [{ path: place, text: await readFile(join(ROOT, place), 'utf8') }]
  // What is installed, and what the proofs build; native/build is source.
  const made = place === 'test' ? ['node_modules', 'build'] : ['node_modules']
  const entries = await readdir(join(ROOT, place), { recursive: true, withFileTypes: true })
  const files = entries.filter(
    (entry) =>
      entry.isFile() &&
      entry.name.endsWith(suffix) &&
      !entry.parentPath.split(sep).some((folder) => made.includes(folder)),
  )
  return await Promise.all(
    files.map(async (entry) => {
      const path = join(entry.parentPath, entry.name)
      return { path: relative(ROOT, path), text: await readFile(path, 'utf8') }
    }),
  )
}

/** The sentences of a file, each on one line: documents without their code, sources with their comments and messages. */
function prose(path: string, text: string): string {
  const words = path.endsWith('.md')
    ? text.replace(/^```.*?^```$/gms, '').replace(/`[^`\n]*`/g, '')
    : text
  return words.replace(/\s*\n\s*(?:\*|\/\/)?\s*/g, ' ')
}

/** What is imported from node:util. */
function coders(text: string): string {
  return /import \{([^}]*)\} from 'node:util'/.exec(text)?.[1] ?? ''
}

/** The text without its comments, which may speak of anything. */
function code(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}

/** Whether something of it is left when the types are erased. */
function hasCode(text: string): boolean {
  return /^(export )?(default )?(async )?(abstract )?(const|let|function|class)\b/m.test(code(text))
}

/** The folder of src/ that a file is in; 'index' for the one beside the folders. */
function roomOf(path: string): string {
  const [, room = '', ...rest] = path.split(sep)
  return rest.length === 0 ? room.replace(/\.(ts|js)$/, '') : room
}

function paths(found: readonly Source[]): string[] {
  return found.map(({ path }) => path).sort()
}

function has(found: readonly Source[], text: string): boolean {
  return found.some((source) => source.text.includes(text))
}
