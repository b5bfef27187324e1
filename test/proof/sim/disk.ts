import type { Capabilities, Disk, Volume, VolumeOptions } from '../../../src/disk/disk.js'
import type { SharedPage } from '../../../src/format/page.js'

import type { PortableVolumeParts } from '../../../src/disk/portable/volume.js'
import type { Engine } from './engine.js'
import { processAt, type SimulatedProcess } from './machine.js'
import { installNodeFs } from './node-fs.js'

/** Held open by every committer of the native disk. */
const LOCK_FILE = '.lock'
/** Mapped by every process that has the store open for writing, and read by those that only read. */
const PAGE_FILE = '.shared'

const CAPABILITIES: Capabilities = {
  fileSystem: 'simulated',
  unnamedFiles: false,
  publish: 'link',
  kernelLocks: true,
  multiProcess: true,
  hotRead: true,
  caseSensitive: true,
  copyOnWrite: false,
  network: false,
  readOnly: false,
  warnings: [],
}

/**
 * The disk of a simulated process. Its procedures (commit, publish, redo, segments, flushes) are the shipped ones of
 * the portable disk, over a node:fs whose machine can lose its power; locks and the shared page are those of the
 * simulated kernel, so that several processes share a store as they do through the native disk.
 */
export function simulatedDisk(engine: Engine, process: SimulatedProcess): Disk {
  installNodeFs()
  return {
    kind: 'simulated',
    openVolume: async (_directory, options) =>
      await Promise.resolve(openVolume(engine, process, options)),
  }
}

/** The disks of all machines: a place is that of the process whose root it is. */
export function simulatedDisks(engine: Engine): Disk {
  installNodeFs()
  return {
    kind: 'simulated',
    openVolume: async (directory, options) => {
      const process = processAt(directory)
      if (process === undefined) throw new Error(`'${directory}' is on no simulated machine`)
      return await Promise.resolve(openVolume(engine, process, options))
    },
  }
}

function openVolume(engine: Engine, process: SimulatedProcess, options: VolumeOptions): Volume {
  const readOnly = options.readOnly === true
  const { fileMode, directoryMode, ioTimeoutMs } = options
  const parts = {
    root: new engine.PortableRoot(process.root, fileMode, directoryMode),
    store: {
      locks: {
        acquire: async (...given: Parameters<SimulatedProcess['acquire']>) =>
          await process.acquire(...given),
      },
      pages: new MappedPages(engine, process),
      ownership: Promise.resolve(undefined),
      users: 1,
      released: undefined,
    },
    operations: new engine.Operations(),
    capabilities: { ...CAPABILITIES, readOnly },
    writable: !readOnly,
    ioTimeoutMs,
  }
  return new (volumeClass(engine))(parts as unknown as PortableVolumeParts, process)
}

type VolumeClass = new (parts: PortableVolumeParts, process: SimulatedProcess) => Volume

const classes = new WeakMap<Engine, VolumeClass>()

function volumeClass(engine: Engine): VolumeClass {
  const made = classes.get(engine) ?? makeVolumeClass(engine)
  classes.set(engine, made)
  return made
}

function makeVolumeClass(engine: Engine): VolumeClass {
  const { PortableVolume } = engine
  class SimulatedVolume extends PortableVolume {
    readonly #process: SimulatedProcess

    constructor(parts: PortableVolumeParts, process: SimulatedProcess) {
      super(parts)
      this.#process = process
      Object.defineProperty(this, 'kind', { value: 'simulated' })
    }

    /** The store is the root of the simulated file system. */
    override async flushAncestors(): Promise<void> {}

    override async boot(): Promise<string> {
      return await Promise.resolve(bootOf(this.#process.machine))
    }

    override async isInPlace(): Promise<boolean> {
      return await Promise.resolve(true)
    }

    /** A process has one, whatever volumes it opens: it ends with the process. */
    override get sign(): string {
      return signOf(this.#process.number)
    }

    override readonly endedSigns: Volume['endedSigns'] = async (names) => {
      const living = new Set(this.#process.machine.living.map(({ number }) => signOf(number)))
      return await Promise.resolve(new Set([...names].filter((name) => !living.has(name))))
    }

    /** From the page cache, without a turn of its own: what the native disk does. */
    override readHot(path: string): undefined {
      const { kernel } = this.#process.machine
      const node = this.#process.killed ? undefined : kernel.find(path)
      if (node === undefined || kernel.nodes.get(node)?.kind !== 'file') return undefined
      const bytes: unknown =
        path === PAGE_FILE ? new Uint8Array(kernel.page.slice()) : kernel.readWhole(node)
      // The portable disk's own answer is always undefined.
      return bytes as undefined
    }
  }
  return SimulatedVolume as unknown as VolumeClass
}

function signOf(number: number): string {
  return `native-1-00000000-${number.toString(16).padStart(16, '0')}`
}

const boots = new WeakMap<object, string>()
let lastBoot = 0

/** A machine that has lost its power comes back as another one. */
function bootOf(machine: object): string {
  const boot = boots.get(machine) ?? `simulated-${++lastBoot}`
  boots.set(machine, boot)
  return boot
}

/** In the place of the portable disk's own pages: the one that the kernel maps into every process. */
class MappedPages {
  readonly #engine: Engine
  readonly #process: SimulatedProcess

  constructor(engine: Engine, process: SimulatedProcess) {
    this.#engine = engine
    this.#process = process
  }

  get(path: string): Promise<SharedPage> {
    const { kernel } = this.#process.machine
    if (kernel.find(path) === undefined) {
      const node = kernel.createFile(path)
      kernel.truncate(node, kernel.page.byteLength)
      kernel.flush(node)
    }
    this.#process.holdOpen(LOCK_FILE)
    return Promise.resolve(new this.#engine.SharedPage(kernel.page))
  }

  set(): void {}

  delete(): void {}
}
