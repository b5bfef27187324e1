// Builds the addon's decoders with clang, libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer, and runs them.
//
//   npm run fuzz:native -- --minutes 60
//
// The corpus grows in build/fuzz and is used again; an input that breaks something is kept in test/proof/corpus/native.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { Random } from '../../crash/random.mjs'
import { makeRecord } from '../journal.mjs'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '../../../..')
const BUILD = join(ROOT, 'build/fuzz')
const BINARY = join(BUILD, 'decoders')
const SEEDS = join(BUILD, 'corpus')
const KEPT = join(ROOT, 'test/proof/corpus/native')
const COMPILERS = ['clang++', 'clang++-14', 'clang++-15', 'clang++-16', 'clang++-17', 'clang++-18']
const NAMES = ['core/batch', 'core/crc32c', 'core/frame', 'core/parents', 'core/probe', 'core/record', 'core/stage', 'core/status', 'core/volume', 'os/linux', 'os/posix', 'os/posix_ownership', 'os/posix_system'] // prettier-ignore
const SOURCES = [join(HERE, 'decoders.cc'), ...NAMES.map((name) => join(ROOT, `native/${name}.cc`))]
const FLAGS = ['-std=c++20', '-O1', '-g', '-D_GNU_SOURCE', '-Wall', '-Wextra', '-Werror', '-fsanitize=fuzzer,address,undefined', '-fno-sanitize-recover=all', `-I${join(ROOT, 'native')}`] // prettier-ignore
const INPUT_BYTES_MAX = 1024
const HANG_SECONDS = 20
const MEMORY_MB_MAX = 1024

/** The first compiler that is there and has the fuzzer's library; undefined where there is none. */
export function findCompiler() {
  if (process.platform !== 'linux') return undefined
  const empty = 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }'
  return COMPILERS.find((name) => {
    const args = ['-fsanitize=fuzzer,address,undefined', '-x', 'c++', '-', '-o', '/dev/null']
    return spawnSync(name, args, { input: empty }).status === 0
  })
}

/** {status, output} of one run; its last lines say how many inputs there were. */
export function fuzzNative({ compiler, seconds, seed }) {
  build(compiler)
  mkdirSync(SEEDS, { recursive: true })
  mkdirSync(KEPT, { recursive: true })
  plantSeeds()
  const args = [`-max_total_time=${seconds}`, `-seed=${seed}`, `-max_len=${INPUT_BYTES_MAX}`, `-timeout=${HANG_SECONDS}`, `-rss_limit_mb=${MEMORY_MB_MAX}`, '-print_final_stats=1', `-artifact_prefix=${KEPT}/`, SEEDS, KEPT] // prettier-ignore
  const { status, stderr, error } = spawnSync(BINARY, args, {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  if (error !== undefined) throw error
  return { status, output: stderr }
}

function build(compiler) {
  const newest = Math.max(
    ...[...SOURCES, ...headers(), fileURLToPath(import.meta.url)].map(
      (file) => statSync(file).mtimeMs,
    ),
  )
  if (existsSync(BINARY) && statSync(BINARY).mtimeMs > newest) return
  mkdirSync(BUILD, { recursive: true })
  const { status } = spawnSync(compiler, [...FLAGS, ...SOURCES, '-o', BINARY], {
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) throw new Error(`${compiler} ended with ${status}`)
}

function headers() {
  const native = join(ROOT, 'native')
  return ['core', 'os'].flatMap((folder) =>
    readdirSync(join(native, folder))
      .filter((name) => name.endsWith('.h'))
      .map((name) => join(native, folder, name)),
  )
}

/** Records as the engine writes them, to begin from. */
function plantSeeds() {
  const random = new Random('native')
  for (let count = 0; count < 20; count++) {
    const bytes = Buffer.concat(Array.from({ length: (count % 3) + 1 }, () => makeRecord(random)))
    const name = createHash('sha1').update(bytes).digest('hex')
    writeFileSync(join(SEEDS, name), bytes)
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = main()

function main() {
  const { values } = parseArgs({
    options: {
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    },
  })
  const seconds = Math.ceil(Number(values.minutes) * 60)
  if (!(seconds > 0))
    throw new RangeError(`--minutes must be a number above 0, got '${values.minutes}'`)
  const compiler = findCompiler()
  if (compiler === undefined) {
    console.error('fuzz:native needs clang with libFuzzer (clang-14, libclang-rt-14-dev): skipped')
    return 0
  }
  console.log(`fuzz:native: ${compiler}, seed ${values.seed}, ${seconds} s`)
  const { status, output } = fuzzNative({ compiler, seconds, seed: values.seed })
  const lines = output.trim().split('\n')
  console.log(lines.slice(status === 0 ? -7 : -40).join('\n'))
  console.log(status === 0 ? 'passed' : `failed: what broke it is kept in test/proof/corpus/native`)
  return status === 0 ? 0 : 1
}
