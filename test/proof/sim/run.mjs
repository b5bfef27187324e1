// `npm run sim`: compiles the simulation and, where it is older than its sources, the package; then simulates. The
// arguments go on to main.ts, which explains them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import typescript from 'typescript'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '../../..')
const BUILD = join(HERE, 'build')

if (isStale()) buildPackage()
transpile()
const { main } = await import('./build/main.js')
process.exitCode = await main(process.argv.slice(2))

function isStale() {
  const built = join(ROOT, 'dist/index.js')
  if (!existsSync(built)) return true
  const builtMs = statSync(built).mtimeMs
  return readdirSync(join(ROOT, 'src'), { recursive: true }).some(
    (name) => statSync(join(ROOT, 'src', name)).mtimeMs > builtMs,
  )
}

function buildPackage() {
  const compiler = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const arguments_ = [compiler, '-p', ROOT, '--noEmitOnError']
  const { status } = spawnSync(process.execPath, arguments_, { stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`tsc ended with ${status}`)
}

/** Erases the types, which `npm run types` checks; of the package's sources only types are imported. */
function transpile() {
  mkdirSync(BUILD, { recursive: true })
  const compilerOptions = { target: 'es2023', module: 'esnext', verbatimModuleSyntax: true }
  for (const name of readdirSync(HERE)) {
    if (!name.endsWith('.ts') || name.endsWith('.test.ts')) continue
    const source = readFileSync(join(HERE, name), 'utf8')
    const { outputText } = typescript.transpileModule(source, { compilerOptions, fileName: name })
    writeFileSync(join(BUILD, name.replace(/\.ts$/, '.js')), outputText)
  }
}
