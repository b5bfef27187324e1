import { describe, expect, it, onTestFinished } from 'vitest'
import { captureStack, outOfRange, wrongArgument } from '../../../src/base/misuse.js'
import { FileStorage } from '../../../src/files/index.js'
import { DurableDirectory, FileSystemStorage, InMemoryStorage } from '../../../src/index.js'
import { tempDirectory } from '../../support/temp.js'

it.each([wrongArgument, outOfRange])('an error of misuse has its code, and its cause', (make) => {
  const cause = new Error('below')
  const error = make('wrong', { cause })
  expect(error).toMatchObject({ code: 'ERR_HOLDFAST_ARGUMENT', message: 'wrong', cause })
  expect(error.stack?.split('\n')[1]).toContain('misuse.test.ts')
})

it('wrong calls of every part fail with the code of misuse', async () => {
  const directory = await tempDirectory()
  await using memory = new InMemoryStorage()
  await using files = await FileStorage.open({ backend: 'memory' })
  await using engine = await DurableDirectory.open(directory)
  const wrong: readonly (() => Promise<unknown>)[] = [
    async () => await FileSystemStorage.open({ storageDir: '' }),
    async () => await FileSystemStorage.open({ storageDir: 'x', cacheSize: -1 }),
    async () => await DurableDirectory.open(7 as never),
    async () => await FileStorage.open({ backend: 'none' } as never),
    async () => await memory.getVersion('p', '1'),
    async () => await memory.saveVersion({ prompt_id: 'p', version: '1.0.0' } as never),
    async () => await memory.listVersions('p', { limit: -1 }),
    async () => await files.store('../x', 'text'),
    async () => await files.store('key', new Date() as never),
    async () => await engine.commit([]),
    async () => await engine.commit([{ kind: 'remove', path: '../x' }]),
  ]
  for (const call of wrong)
    await expect(call(), String(call)).rejects.toMatchObject({ code: 'ERR_HOLDFAST_ARGUMENT' })
})

describe('the stack of an error', () => {
  function refuse(): Error {
    const error = new Error('refused')
    captureStack(error, refuse)
    return error
  }
  function deep(levels: number): Error {
    return levels > 0 ? deep(levels - 1) : refuse()
  }
  const limited = (limit: number): void => {
    const before = Error.stackTraceLimit
    onTestFinished(() => void (Error.stackTraceLimit = before))
    Error.stackTraceLimit = limit
  }
  function caller(): Error {
    return deep(30)
  }

  it('begins where the check was called, reaches the caller, and leaves the limit as it was', () => {
    limited(10)
    const lines = caller().stack?.split('\n') ?? []
    expect(lines[1]).toContain('at deep')
    expect(lines.join()).toContain('at caller')
    expect(Error.stackTraceLimit).toBe(10)
  })

  it('is as short as a program asks for', () => {
    limited(1)
    expect(caller().stack?.split('\n')).toHaveLength(2)
    limited(0)
    expect(caller().stack?.split('\n')).toHaveLength(1)
    expect(Error.stackTraceLimit).toBe(0)
  })
})
