import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FileStorage } from '../../../../src/files/file-storage.js'
import { FileSystemStorage } from '../../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../../support/temp.js'
import { isWindows } from '../../../support/windows.js'
import { bearer, SECRETS, startServer, TOKENS } from '../support.js'

describe('the health of a server', () => {
  it('is that of its store, and says since when', async () => {
    const { ask } = await startServer()
    expect(await ask('/livez')).toMatchObject({ status: 200, body: { status: 'ok' } })
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: { status: 'healthy' } })
    const { body } = await ask('/health')
    expect(body).toMatchObject({
      status: 'healthy',
      parts: { store: { status: 'healthy', reasons: [] } },
    })
    expect((body as { since: string }).since).toMatch(/^\d{4}-\d\d-\d\dT.*Z$/)
    expect((await ask('/health/optimizer')).body).toMatchObject({ status: 'healthy', reasons: [] })
  })

  it.skipIf(isWindows)(
    'is bad when the directory is gone, and good again when it is back',
    async () => {
      const storageDir = join(await tempDirectory(), 'store')
      const storage = await FileSystemStorage.open({ storageDir, minFreeMb: 0 })
      const { ask } = await startServer({ storage })
      await rename(storageDir, `${storageDir}-away`)
      for (const path of ['/readyz', '/health', '/health/optimizer'])
        expect(await ask(path), path).toMatchObject({ status: 503, body: { status: 'unhealthy' } })
      expect((await ask('/livez')).status).toBe(200)
      await rename(`${storageDir}-away`, storageDir)
      expect((await ask('/health')).body).toMatchObject({ status: 'healthy' })
    },
  )

  it('has the reasons for those who may read only', async () => {
    const { ask } = await startServer({ options: { tokens: TOKENS } })
    expect((await ask('/health')).body).not.toHaveProperty('parts')
    expect((await ask('/health/optimizer')).body).not.toHaveProperty('reasons')
    const headers = bearer(SECRETS.reader)
    expect((await ask('/health', { headers })).body).toHaveProperty('parts')
    expect((await ask('/health/optimizer', { headers })).body).toHaveProperty('reasons')
  })

  it('counts the files, too, where they are served', async () => {
    const files = await FileStorage.open({ storageDir: join(await tempDirectory(), 'files') })
    const { ask } = await startServer({ files })
    expect((await ask('/health')).body).toHaveProperty('parts.files.status')
    await files.close()
    expect(await ask('/readyz')).toMatchObject({ status: 503 })
    expect(await ask('/health/optimizer')).toMatchObject({ status: 200 })
  })
})
