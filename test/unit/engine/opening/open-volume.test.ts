import { chmod, mkdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { storageError } from '../../../../src/engine/failure.js'
import { DurableDirectory } from '../../../../src/index.js'
import { NEEDS_ROOT } from '../../disk/mount.js'
import { isRoot } from '../../disk/support.js'
import { failure } from '../../../proof/faults/support.js'
import { inChild } from '../../../proof/faults/child.js'
import { tempDirectory } from '../../../support/temp.js'

const UNPRIVILEGED = 65_534

describe.each(['native', 'portable'] as const)('opening by the %s disk', (disk) => {
  it('calls a file a file, wherever it is in the path', async () => {
    const parent = await tempDirectory()
    const file = join(parent, 'a-file')
    await writeFile(file, 'kept')
    await symlink(file, join(parent, 'link'))
    for (const [name, culprit] of [
      ['a-file', 'a-file'],
      ['a-file/below', 'a-file'],
      ['a-file/far/below', 'a-file'],
      ['link', 'link'],
    ] as const) {
      for (const create of [true, false]) {
        const path = join(parent, name)
        const error = await failure(DurableDirectory.open(path, { disk, create }))
        expect(error).toMatchObject({
          code: 'FS-FORMAT-001',
          context: { reason: 'not_a_directory', path: join(parent, culprit), directory: path },
        })
        expect(error.message).toContain(`'${join(parent, culprit)}' is a file`)
      }
    }
    expect((await stat(file)).size).toBe(4)
  })

  it('says who may not make the directory, and where', async ({ skip }) => {
    skip(!isRoot, NEEDS_ROOT)
    const parent = await tempDirectory()
    const closed = join(parent, 'closed')
    await mkdir(closed)
    await chmod(parent, 0o755)
    await chmod(closed, 0o555)
    for (const below of ['store', 'far/below/store']) {
      const path = join(closed, below)
      const seen = await inChild(
        path,
        async ({ open, outcome, input }) => await outcome(open({ disk: input })),
        { uid: UNPRIVILEGED, input: disk },
      )
      expect(seen).toMatchObject({
        code: 'FS-PERM-001',
        context: { directory: path, error: 'EACCES', stage: 'mkdir', user: 'nobody' },
      })
      expect(seen.context?.['path']).toMatch(closed)
      expect(seen.message).toContain("permission denied for user 'nobody'")
    }
  })

  it('names the absolute path where there is no store and none is to be made', async () => {
    const path = join(await tempDirectory(), 'absent')
    const error = await failure(DurableDirectory.open(path, { disk, create: false }))
    expect(error).toMatchObject({ code: 'FS-FORMAT-001', context: { reason: 'no_store' } })
    expect(error.message).toContain(`'${path}'`)
  })
})

it.each(['NotCapable', 'PermissionDenied'])(
  'a %s of Deno is a permission denied, with the flag that Deno names',
  (name) => {
    const cause = Object.assign(new Error('Requires write access, run again with --allow-write'), {
      name,
    })
    const error = storageError(cause, { fallback: 'FS-IO-001', what: "Cannot open 's'" })
    expect(error).toMatchObject({ code: 'FS-PERM-001', context: { error: 'EACCES' } })
    expect(error.message).toContain('run again with --allow-write')
  },
)
