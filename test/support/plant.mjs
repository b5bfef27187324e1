// Plants a bug into a copy of the compiled library: one exact text, which has to be there once, becomes another.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * @param mutant {name, file, from, to}
 * @param beside folders that are copied as well, so that what they import is the copy
 * @returns {{directory: string, library: string, remove: () => void}} `library` is the URL to import
 */
export function plantMutant({ name, file, from, to }, beside = []) {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-mutant-'))
  for (const folder of ['dist', 'package.json', ...beside])
    cpSync(join(ROOT, folder), join(directory, folder), { recursive: true })
  for (const shared of ['node_modules', 'prebuilds', 'examples'])
    symlinkSync(join(ROOT, shared), join(directory, shared))
  const path = join(directory, 'dist', file)
  const text = readFileSync(path, 'utf8')
  if (text.split(from).length !== 2)
    throw new Error(`The bug '${name}' cannot be planted: ${file} has changed`)
  writeFileSync(
    path,
    text.replace(from, () => to),
  )
  return {
    directory,
    library: pathToFileURL(join(directory, 'dist/index.js')).href,
    remove: () => rmSync(directory, { recursive: true }),
  }
}
