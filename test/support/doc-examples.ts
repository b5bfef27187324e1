import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8')
}

/** The text from a heading to the next one of the same or a higher rank. */
export function section(file: string, heading: string): string {
  const lines = read(file).split('\n')
  const start = lines.indexOf(heading)
  if (start < 0) throw new Error(`${file} has no heading "${heading}"`)
  const rank = heading.indexOf(' ')
  const end = lines.findIndex(
    (line, at) => at > start && /^#+ /.test(line) && line.indexOf(' ') <= rank,
  )
  return lines.slice(start + 1, end < 0 ? undefined : end).join('\n')
}

export function codeBlocks(file: string, language: string): string[] {
  const blocks = read(file).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))
  return Array.from(blocks, (match) => match[1] ?? '')
}

/** Runs an example as the module of a package that has Holdfast (as it is built) and what examples use installed. */
export async function runExample(
  example: string | undefined,
  directory: string,
): Promise<{ readonly stdout: string; readonly stderr: string; readonly status: number | null }> {
  if (example === undefined) throw new Error('The example is gone')
  const { outputText } = ts.transpileModule(example, {
    compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
  })
  await mkdir(join(directory, 'node_modules'))
  await symlink(ROOT, join(directory, 'node_modules', 'holdfast'))
  for (const name of ['zod', 'unstorage', 'keyv', 'langfuse'])
    await symlink(join(ROOT, 'node_modules', name), join(directory, 'node_modules', name))
  // A package of its own, whatever is in the directories above.
  await writeFile(join(directory, 'package.json'), '{"name":"example","type":"module"}')
  await writeFile(join(directory, 'example.mjs'), outputText)
  const ran = spawnSync(process.execPath, ['example.mjs'], { cwd: directory, encoding: 'utf8' })
  const { stdout, stderr, status } = ran
  return { stdout, stderr, status }
}
