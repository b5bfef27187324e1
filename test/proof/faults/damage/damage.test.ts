import { chmod, chown, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { NEEDS_ROOT } from '../../../unit/disk/mount.js'
import { isRoot } from '../../../unit/disk/support.js'
import { copyStore } from '../../../support/copy-store.mjs'
import { tempDirectory } from '../../../support/temp.js'
import { inChild } from '../child.js'
import { openStore } from '../support.js'
import { runCli } from './command.js'
import { DAMAGES } from './plant.js'

const UNPRIVILEGED = 65_534
const templates = { close: '', kill: '' }

/** Two versions of p, one of q in the trash. */
beforeAll(async () => {
  for (const after of ['close', 'kill'] as const) {
    templates[after] = await tempDirectory()
    await inChild(
      templates[after],
      async ({ open, version, input, kill }) => {
        const storage = await open({ enableTrash: true, segmentBytes: 65536, journalBytes: 65536 })
        await storage.saveVersion(version('q', '1.0.0'))
        await storage.saveVersion(version('p', '1.0.0'))
        await storage.deleteVersion('q', '1.0.0')
        await storage.saveVersion(version('p', '1.1.0'))
        if (input === 'kill') return kill(true)
        await storage.close()
        return true
      },
      { input: after },
    )
  }
})

describe('holdfast verify and verify --repair', () => {
  for (const damage of DAMAGES) {
    it(`on a store with a ${damage.what}`, async ({ skip }) => {
      const asUser = damage.what.includes('another user')
      skip(asUser && !isRoot, NEEDS_ROOT)
      const parent = await tempDirectory()
      const dir = join(parent, 'store')
      copyStore(templates[damage.after], dir)
      await damage.plant(dir)
      const uid = asUser ? UNPRIVILEGED : undefined
      if (asUser) await giveTo(UNPRIVILEGED, parent, dir)

      const found = await runCli(['verify', '--dir', dir], uid)
      expect(found).toMatchObject({ said: damage.verify, exit: damage.exit[0] })
      for (const finding of damage.verify)
        expect(found.text).toContain(lastPart(finding.split(' ')[1] ?? ''))
      const repaired = await runCli(['verify', '--repair', '--dir', dir], uid)
      expect(repaired).toMatchObject({ said: damage.repair, exit: damage.exit[1] })
      expect(await runCli(['verify', '--dir', dir], uid)).toMatchObject({ said: damage.then })
      expect(await quarantined(dir)).toEqual(damage.quarantine)

      const doctor = await runCli(['doctor', '--dir', dir], uid)
      if (damage.quarantine.length > 0) expect(doctor.text).toContain('.quarantine')
      if (damage.left.length === 0) return expect(doctor.said).toEqual(damage.then)
      const storage = await openStore(dir)
      expect(await storage.listVersionNames('p')).toEqual(damage.left)
    })
  }
})

async function giveTo(uid: number, parent: string, dir: string): Promise<void> {
  await chmod(parent, 0o755)
  await chown(dir, uid, uid)
  for (const name of await readdir(dir, { recursive: true })) await chown(join(dir, name), uid, uid)
}

/** Names, for a table may break the path. */
function lastPart(path: string): string {
  return (path.split('/').at(-1) ?? path).slice(0, 5)
}

/** Files in quarantine without the time that ends their names. */
async function quarantined(dir: string): Promise<readonly string[]> {
  const root = join(dir, '.quarantine')
  const entries = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => [])
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .map((path) => path.replace(/\.\d{4}-\d\d-\d\dT.*$/, path.startsWith('.trash') ? '.' : ''))
    .sort()
}
