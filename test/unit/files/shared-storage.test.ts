import { expect, it, onTestFinished } from 'vitest'
import { getFileStorage, initializeFileStorage } from '../../../src/files/shared-storage.js'
import { tempDirectory } from '../../support/temp.js'

it('is made once more after it was closed, where it was or elsewhere', async () => {
  const [here, there] = [await tempDirectory(), await tempDirectory()]
  onTestFinished(async () => await getFileStorage().close())
  const first = getFileStorage({ local_storage_path: here })
  expect(() => getFileStorage({ local_storage_path: there })).toThrow(/configuration already/)
  await first.store('k', 'kept')
  await first.close()
  const second = getFileStorage()
  expect(second).not.toBe(first)
  expect(await second.retrieve('k')).toBe('kept')
  await second.close()
  const third = getFileStorage({ local_storage_path: there })
  expect(await third.exists('k')).toBe(false)
  await third.close()
  expect(await (await initializeFileStorage()).exists('k')).toBe(false)
})

it.each(['native', 'portable'] as const)(
  'is opened by the last of several callers, while it is opened or closed, on the %s disk',
  async (disk) => {
    const config = { local_storage_path: await tempDirectory(), disk }
    onTestFinished(async () => await getFileStorage().close())
    const first = initializeFileStorage(config)
    const closing = getFileStorage().close()
    const both = [initializeFileStorage({ ...config }), initializeFileStorage({ ...config })]
    const [earlier, later] = await Promise.all(both)
    expect((await first).isClosed).toBe(true)
    await closing
    expect([earlier?.isClosed, later?.isClosed]).toEqual([true, false])
    expect(getFileStorage()).toBe(later)
    await getFileStorage().store('k', 1)
    expect(await later?.retrieve('k')).toBe(1)
    const wrong = { ...config, unknown: 1 } as never
    await expect(initializeFileStorage(wrong)).rejects.toThrow(TypeError)
    expect(getFileStorage()).toBe(later)
  },
)
