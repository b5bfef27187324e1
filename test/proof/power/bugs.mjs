// Bugs that are planted in a copy of the built package, to see that the power cuts find them.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { BUILD, ROOT } from './build.mjs'

/** Each an exact text of a built file, what replaces it, and the subject that is to lose something by it. */
export const BUGS = {
  'interval-timer-flushes-nothing': {
    subject: 'versions-interval',
    file: 'engine/store.js',
    before: 'await journal.flush();',
    after: 'void 0;',
  },
  'segment-turned-without-flush': {
    subject: 'directory-interval',
    file: 'engine/journal/segments.js',
    before: "if (page.getU64('durable') < page.getU64('committed'))",
    after: 'if (false)',
  },
  'payload-and-document-in-two-commits': {
    subject: 'files-native',
    file: 'files/local/backend.js',
    before: 'await this.directory.commit([...operations, ...(alongside?.(file) ?? [])]);',
    after: 'for (const operation of operations) await this.directory.commit([operation]);',
  },
}

/** What a package needs beside its built files. */
const BESIDE = ['package.json', 'prebuilds', 'build', 'native']

/** The address of a copy of the built files with the bug. @throws when the text to change is not there, once */
export function plantBug(name) {
  const { file, before, after } = BUGS[name]
  const directory = join(BUILD, 'bugs', name)
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  cpSync(join(ROOT, 'dist'), join(directory, 'dist'), { recursive: true })
  for (const beside of BESIDE)
    if (existsSync(join(ROOT, beside))) symlinkSync(join(ROOT, beside), join(directory, beside))
  const path = join(directory, 'dist', file)
  const text = readFileSync(path, 'utf8')
  const times = text.split(before).length - 1
  if (times !== 1) throw new Error(`${name}: its text occurs ${times} times in ${file}: ${before}`)
  writeFileSync(
    path,
    text.replace(before, () => after),
  )
  return pathToFileURL(join(directory, 'dist')).href
}
