import { Readable } from 'node:stream'
import { expect, it } from 'vitest'
import { readingFrom } from '../../../src/base/byte-source.js'

it('names what is not a stream of bytes', async () => {
  for (const wrong of [undefined, null, 'text', 7, {}])
    await expect(readingFrom('body', wrong as never, async () => 1)).rejects.toThrow(
      /^Argument "body" must be a stream of bytes .* got /,
    )
})

it('lets a source go that its call has not read to the end, and no other', async () => {
  const fail = async (): Promise<never> => await Promise.reject(new Error('refused'))
  const stream = Readable.from([Buffer.from('x')])
  await expect(readingFrom('body', stream, fail)).rejects.toThrow('refused')
  expect(stream.destroyed).toBe(true)
  const generator = (async function* () {
    yield Buffer.from('x')
  })()
  await expect(readingFrom('body', generator, fail)).rejects.toThrow('refused')
  expect(await generator.next()).toEqual({ done: true, value: undefined })
  const kept = Readable.from([Buffer.from('x')])
  expect(await readingFrom('body', kept, async () => 'read')).toBe('read')
  expect(kept.destroyed).toBe(false)
  kept.destroy()
})
