import { chooseDisk } from '../../src/disk/choose-disk.js'
import type { Disk, Volume } from '../../src/disk/disk.js'

/** The functions that a test puts in the place of those of a volume; `real` is the volume itself. */
export type Interception = (real: Volume) => Partial<Volume>

/** The native disk, some of whose functions do what a test says. */
export function interceptedDisk(intercept: Interception): Disk {
  const real = chooseDisk('native')
  return {
    kind: real.kind,
    openVolume: async (directory, options) => {
      const volume = await real.openVolume(directory, options)
      const replaced = intercept(volume)
      return new Proxy(volume, {
        get: (target, name) => {
          const value: unknown = Reflect.get(name in replaced ? replaced : target, name)
          return typeof value === 'function' ? (value.bind(target) as unknown) : value
        },
      })
    },
  }
}

/** A disk whose first read of a file gives what it held before `meanwhile`, and ends after it. */
export function lateReading(path: string, meanwhile: () => Promise<unknown>): Disk {
  let isFirst = true
  return interceptedDisk((real) => ({
    readHot: (asked, maxBytes) => (asked === path ? undefined : real.readHot(asked, maxBytes)),
    read: async (asked, maxBytes) => {
      const bytes = await real.read(asked, maxBytes)
      if (asked !== path || !isFirst) return bytes
      isFirst = false
      await meanwhile()
      return bytes
    },
  }))
}

/** A promise, and how to keep it. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { opened, open: () => open() }
}
