import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { tempDirectory } from './temp.js'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The package in another place, as it is installed with its dependencies, but without a binary. */
export async function copyWithoutBinaries(): Promise<string> {
  const copy = await tempDirectory()
  const { dependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
    readonly dependencies: Readonly<Record<string, string>>
  }
  // Copied, for not every system lets everybody make a link.
  const packages = Object.keys(dependencies).map((name) => join('node_modules', name))
  for (const place of ['dist', 'package.json', ...packages])
    await cp(join(ROOT, place), join(copy, place), { recursive: true })
  return copy
}
