import { PassThrough } from 'node:stream'
import type { ReadStream } from 'node:tty'
import { describe, expect, it } from 'vitest'
import { quitKeys } from '../../../src/cli/quit-keys.js'

function terminal(): { readonly stdin: ReadStream; readonly modes: boolean[] } {
  const modes: boolean[] = []
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (mode: boolean) => modes.push(mode),
  })
  return { stdin: stdin as unknown as ReadStream, modes }
}

describe('the keys that end a view', () => {
  it.each(['q', 'Q', '\u0003', '\u0004', 'xq'])('are seen on a terminal: %j', async (key) => {
    const { stdin, modes } = terminal()
    const { signal, close } = quitKeys({ stdin })
    stdin.push('x')
    await new Promise((resolve) => setImmediate(resolve))
    expect(signal.aborted).toBe(false)
    stdin.push(key)
    await new Promise((resolve) => setImmediate(resolve))
    expect(signal.aborted).toBe(true)
    close()
    expect(modes).toEqual([true, false])
  })

  it('are not read elsewhere', () => {
    const stdin = new PassThrough()
    const { signal, close } = quitKeys({ stdin: stdin as unknown as ReadStream })
    expect(stdin.listenerCount('data')).toBe(0)
    close()
    expect(signal.aborted).toBe(false)
  })
})
