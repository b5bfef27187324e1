// A Linux kernel as a process: user-mode-linux, with the host's own tree as its root. Killing the process group is the
// death of a whole kernel: its page cache is gone, its disk stays as far as it had been written.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const KERNEL = 'linux.uml'
const MODULES = '/usr/lib/uml/modules'
const INIT = fileURLToPath(new URL('guest-init.sh', import.meta.url))
const MEMORY = '768M'

/** Why no machine can be started here; undefined when one can. */
export function whyNoMachine(programs = []) {
  if (process.platform !== 'linux') return 'needs Linux'
  const missing = [KERNEL, 'busybox', ...programs].filter((name) => !isProgram(name))
  if (missing.length > 0) return `needs ${missing.join(', ')}`
  return runsPrograms() ? undefined : `${KERNEL} cannot run programs on this processor`
}

/**
 * Whether a program comes to its end in such a kernel: on processors with more registers than it has room for, each one
 * dies of a segmentation fault. The end of the first program is the kernel's own, which names its exit code.
 */
function runsPrograms() {
  const line = `mem=128M rootfstype=hostfs rootflags=/ rw init=/bin/true`
  const { stdout, stderr } = spawnSync(KERNEL, line.split(' '), {
    encoding: 'latin1',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 30_000,
    killSignal: 'SIGKILL',
  })
  return !`${stdout}${stderr}`.includes('exitcode=0x0000000b')
}

/** Whether a program of this name is installed. */
export function isProgram(name) {
  const places = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin']
  return places.some((place) => existsSync(join(place, name)))
}

export class Machine {
  #child
  #place
  ended

  /**
   * @param place a directory of the machine's own: what its programs say is in `said`
   * @param filesystem, options, image  what is on its disk and how it is mounted; all undefined without a disk
   * @param program what runs in it, and `input`, what that reads from its standard input
   * @param modules of the kernel that are not built in, each after those it needs
   */
  constructor({ place, filesystem = '', options = 'defaults', image, program, modules, input }) {
    this.#place = place
    for (const name of ['said', 'unmountable', 'uml'])
      rmSync(join(place, name), { recursive: true, force: true })
    mkdirSync(join(place, 'uml'))
    writeFileSync(
      join(place, 'modules'),
      modulesFor(modules)
        .map((path) => `${path}\n`)
        .join(''),
    )
    writeFileSync(join(place, 'input'), input ?? '')
    writeFileSync(join(place, 'said'), '')
    const line = [
      `mem=${MEMORY} rootfstype=hostfs rootflags=/ rw init=${INIT} con=null quiet`,
      `uml_dir=${join(place, 'uml')} place=${place} node=${process.execPath} program=${program}`,
      filesystem && `filesystem=${filesystem} options=${options}`,
      image && `ubd0=${image}`,
    ]
    // A session of its own, so that its helper processes can be killed with it: they hold the disk.
    this.#child = spawn(KERNEL, line.filter(Boolean).join(' ').split(' '), {
      detached: true,
      stdio: 'ignore',
    })
    this.ended = once(this.#child, 'close')
  }

  /** The end of this kernel, between any two instructions. */
  async kill() {
    const { pid } = this.#child
    try {
      if (pid !== undefined) process.kill(-pid, 'SIGKILL')
    } catch (error) {
      if (error.code !== 'ESRCH') throw error
    }
    await this.ended
  }

  get isOver() {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** What its programs have said so far, for the search for a cause. */
  get said() {
    return readFileSync(join(this.#place, 'said'), 'utf8')
  }

  get couldNotMount() {
    return existsSync(join(this.#place, 'unmountable'))
  }
}

/** Paths of modules and of all that they need, in the order to insert them. What is built in is left out. */
function modulesFor(names = []) {
  if (names.length === 0) return []
  const base = join(MODULES, readdirSync(MODULES)[0])
  const needs = new Map()
  for (const line of readFileSync(join(base, 'modules.dep'), 'utf8').split('\n')) {
    const [path, rest = ''] = line.split(':')
    needs.set(path.replace(/^.*\/|\.ko$/g, '').replaceAll('-', '_'), {
      path,
      // The nearest comes first there, and has to be inserted last.
      before: rest.trim().split(' ').filter(Boolean).toReversed(),
    })
  }
  const ordered = new Set()
  for (const name of names) {
    const known = needs.get(name.replaceAll('-', '_'))
    if (known === undefined) continue
    for (const path of [...known.before, known.path]) ordered.add(join(base, path))
  }
  return [...ordered]
}

/** A new disk with a file system on it. */
export function makeImage(image, megabytes, command) {
  rmSync(image, { force: true })
  run('truncate', ['-s', `${megabytes}M`, image])
  const [program, ...args] = command
  run(program, [...args, image])
}

/** As the disk is now; holes stay holes. */
export function copyOfImage(image, copy) {
  run('cp', ['--sparse=always', image, copy])
}

function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error ?? stderr}`)
}
