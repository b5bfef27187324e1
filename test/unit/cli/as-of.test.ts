import { describe, expect, it } from 'vitest'
import { sleep } from '../../../src/base/clock.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { tempDirectory } from '../../support/temp.js'
import { holdfast, holdfastJson } from './here.js'

/** A time between what is done before the call and what is done after it. */
async function moment(): Promise<string> {
  await sleep(3)
  const time = new Date().toISOString()
  await sleep(3)
  return time
}

/** A store whose prompt had one version at `before`, and two at `between`; the first is deleted now. */
async function changed(): Promise<{ dir: string; before: string; between: string }> {
  const dir = await tempDirectory()
  const publish = async (text: string): Promise<void> => {
    const options = { input: text }
    const done = await holdfast(['publish', 'p', '--label', 'live', '--dir', dir], options)
    expect(done.code, done.stderr).toBe(0)
  }
  await publish('Hello')
  const before = await moment()
  await publish('Hello {{name}}')
  const between = await moment()
  const deleted = await holdfast(['delete', 'p', '1.0.0', '--yes', '--trash', '--dir', dir])
  expect(deleted.code, deleted.stderr).toBe(0)
  return { dir, before, between }
}

describe('--as-of', () => {
  it('shows prompts, versions and labels as they were', async () => {
    const { dir, before, between } = await changed()
    const at = async (time: string, ...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await holdfast([...args, '--as-of', time, '--dir', dir])
      expect(code, stderr).toBe(0)
      return stdout
    }
    expect(await at(before, 'get', 'p@live', '--text')).toBe('Hello')
    expect(await at(between, 'get', 'p@live', '--text')).toBe('Hello {{name}}')
    expect(await at(before, 'latest', 'p')).toBe('1.0.0\n')
    expect(await at(between, 'latest', 'p', '1.0.0')).toBe('1.0.0\n')
    expect(await at(before, 'ids')).toBe('p\n')
    expect(await at('2020-01-01T00:00:00+02:00', 'ids')).toBe('')
    expect(await at(between, 'list', 'p', '--ndjson')).toMatch(
      /"version":"1\.0\.0".*\n.*"labels":\["live"\]/,
    )
    expect(await at(before, 'log', 'p')).toMatch(/^1\.0\.0 {2}@live\n/)
    expect(await at(between, 'diff', 'p', '1.0.0')).toContain('{{name}}')
    const { document } = await holdfastJson(['latest', 'p', '--as-of', before, '--dir', dir])
    expect(document).toEqual({ prompt_id: 'p', version: '1.0.0' })
  })

  it('ends with 3 for what did not exist, and with 1 for what is not known', async () => {
    const { dir, before } = await changed()
    const missing = ['get', 'p', '--as-of', '2020-01-01T00:00Z', '--dir', dir]
    expect((await holdfast(missing)).code).toBe(3)
    await sleep(3)
    await using storage = await FileSystemStorage.open({ storageDir: dir, minFreeMb: 0 })
    await storage.purgeTrash({ olderThanMs: 0 })
    await storage.close()
    const { code, document } = await holdfastJson(['get', 'p', '--as-of', before, '--dir', dir])
    expect(code).toBe(1)
    expect(document).toMatchObject({ error: { code: 'OPT-PAST-001', context: { reason: 'gone' } } })
  })

  it.each([
    [['get', 'p', '--as-of', 'yesterday'], '--as-of must be a Date'],
    [['get', 'p', '--as-of', '9999-01-01T00:00Z'], '--as-of must not be in the future'],
    [['ids', '--undated', 'omit'], '--undated goes with --as-of'],
    [['ids', '--as-of', '2020-01-01T00:00Z', '--undated', 'guess'], 'Allowed choices are'],
    [['get', 'p', '--raw', '--as-of', '2020-01-01T00:00Z'], "option '--as-of"],
  ])('ends with 2 for %j', async (args, reason) => {
    const { dir } = await changed()
    const { code, stderr } = await holdfast([...args, '--dir', dir])
    expect(code).toBe(2)
    expect(stderr).toContain(reason)
  })
})
