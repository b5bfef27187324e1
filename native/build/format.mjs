// Checks that the C++ sources are formatted as .clang-format says; with --write, formats them.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../', import.meta.url))
const directories = ['native', 'test/proof/sanitize', 'test/proof/fuzz/native']
const files = directories.flatMap((directory) =>
  readdirSync(join(root, directory), { recursive: true })
    .filter((name) => /\.(cc|h)$/.test(name) && !/(^|[/\\])node_modules[/\\]/.test(name))
    .map((name) => join(root, directory, name)),
)
const script = createRequire(import.meta.url).resolve('clang-format')
const mode = process.argv.includes('--write') ? ['-i'] : ['--dry-run', '-Werror']
const { status } = spawnSync(process.execPath, [script, '--style=file', ...mode, ...files], {
  stdio: 'inherit',
})
process.exitCode = status ?? 1
