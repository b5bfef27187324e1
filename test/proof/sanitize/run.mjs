// One program under one tool: started, waited for, and judged by its end and by what the tool has written.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { reportsIn } from './judge.mjs'
import { pathOf } from './tools.mjs'

const here = fileURLToPath(new URL('./', import.meta.url))
const LINES_SHOWN = 60
const NOT_UNDER_TOOLS = [
  'native/timeouts', // has a library of its own to be loaded before anything else
  'native/replaced-binary', // dies of a bad access on purpose
  'disk/choose-disk', // wants a package without an addon
]
/** Beyond this the machine is not slow: something hangs. */
const HANGS_MS = 1_800_000

export class Run {
  #name
  #tool
  #what
  #home
  #reports

  constructor(name, tool, what, home) {
    this.#name = name
    this.#tool = tool
    this.#what = what
    this.#home = home
    this.#reports = join(home, 'reports')
    mkdirSync(this.#reports)
    // Some tests are another user.
    chmodSync(this.#reports, 0o777)
    mkdirSync(join(home, 'work'))
  }

  /** @returns 1 when it went wrong */
  async program(path, givenFor) {
    return await this.#run([path, ...givenFor(join(this.#home, 'work'))], {})
  }

  /**
   * A script of this folder. `undefined` among `given` stands for the run's directory.
   *
   * @param {{ found?: boolean, show?: boolean }} [options] found: a report is what is asked for; show: all that it says
   */
  async node(given, options = {}) {
    const [script, ...rest] = given.map((each) => each ?? join(this.#home, 'work'))
    const node = [process.execPath, '--expose-gc', ...(this.#tool.nodeOptions ?? [])]
    // Only a program that runs under a command has to hand it on; the rest is inherited.
    const command = this.#tool.command === undefined ? [] : ['--', ...this.#command]
    const program = [...node, join(here, script), ...rest, ...(options.found ? [] : command)]
    return await this.#run(program, { ...options, environment: this.#preload })
  }

  /** The tests of the addon, which load the one in `home`. */
  async tests(home) {
    const environment = {
      ...this.#preload,
      HOLDFAST_SKIP_BUILD: '1',
      HOLDFAST_NATIVE: join(home, 'build', 'Release', 'holdfast.node'),
    }
    const loaded = `import { nativeInfo } from '${new URL('../../../dist/disk/native/load-binding.js', import.meta.url)}'
      if (!nativeInfo().path?.startsWith('${home}')) throw new Error('another addon is loaded')`
    const check = [process.execPath, '--input-type=module', '-e', loaded]
    if ((await this.#run(check, { environment })) > 0) return 1
    const runner = fileURLToPath(new URL('vitest.mjs', import.meta.resolve('vitest/package.json')))
    const without = NOT_UNDER_TOOLS.flatMap((test) => ['--exclude', `test/unit/${test}.test.ts`])
    const tests = ['run', 'test/unit/native', 'test/unit/disk', ...without]
    return await this.#run([process.execPath, runner, ...tests], { environment, show: true })
  }

  /** For a Node, which was not built with the tool's library; our own programs were. */
  get #preload() {
    const { library } = this.#tool
    return library === undefined ? {} : { LD_PRELOAD: pathOf(library) }
  }

  get #stem() {
    return join(this.#reports, 'report')
  }

  get #command() {
    return this.#tool.command?.(this.#stem) ?? []
  }

  async #run(program, { environment = {}, found = false, show = false }) {
    const begun = performance.now()
    const [command, ...given] = [...this.#command, ...program]
    const child = spawn(command, given, {
      env: {
        ...process.env,
        ...this.#tool.environment?.(this.#stem),
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: HANGS_MS,
      killSignal: 'SIGKILL',
    })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => (output += text))
    const [status, signal] = await once(child, 'close')
    const reports = reportsIn(`${output}\n\n${this.#readReports()}`)
    const well = found ? reports.length > 0 : status === 0 && reports.length === 0
    const seconds = ((performance.now() - begun) / 1000).toFixed(1)
    const said = found ? 'found' : output.trim().split('\n').at(-1)
    if (show && well) console.log(output.trim().split('\n').slice(-12, -1).join('\n'))
    console.log(`${this.#name}: ${this.#what}: ${well ? said : 'FAILED'} (${seconds} s)`)
    if (!well) console.error(explain([...reports, output], signal ?? status))
    return well ? 0 : 1
  }

  #readReports() {
    return readdirSync(this.#reports)
      .map((name) => readFileSync(join(this.#reports, name), 'utf8'))
      .join('\n\n')
  }
}

function explain(texts, ending) {
  const lines = texts.join('\n\n').trim().split('\n')
  const more = lines.length > LINES_SHOWN ? [`... ${lines.length - LINES_SHOWN} lines more`] : []
  return [`ended with ${ending}`, ...lines.slice(0, LINES_SHOWN), ...more].join('\n  ')
}
