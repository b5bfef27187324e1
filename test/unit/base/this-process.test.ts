import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  currentUser,
  effectiveUser,
  environmentVariable,
  environmentVariables,
  warnDeprecated,
  warnProcess,
  workingDirectory,
} from '../../../src/base/this-process.js'

describe('the user of this process', () => {
  it('has the name and the number that the system gives', () => {
    expect(currentUser()).toBe(userInfo().username)
    expect(effectiveUser()).toBe(process.geteuid?.())
  })

  it.skipIf(process.getuid?.() !== 0)('is a number where the list of users has no entry', () => {
    const built = join(import.meta.dirname, '../../../dist/base/this-process.js')
    const script = `${readFileSync(built, 'utf8')}\nconsole.log(currentUser(), effectiveUser())`
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', script],
      // Of no user, and in a directory that every user may enter.
      { uid: 54_321, cwd: '/', encoding: 'utf8' },
    )
    expect([stdout, stderr]).toEqual(['54321 54321\n', ''])
  })
})

it('a variable of the environment is undefined if it is not set, and may be empty', () => {
  const name = 'HOLDFAST_TEST_OF_THIS_PROCESS'
  onTestFinished(() => void delete process.env[name])
  expect(environmentVariable(name)).toBeUndefined()
  process.env[name] = ''
  expect(environmentVariable(name)).toBe('')
  process.env[name] = 'value'
  expect(environmentVariable(name)).toBe('value')
})

it('a warning reaches the listeners of the process, with a name and a code to filter by', async () => {
  const heard = new Promise<Error>((resolve) => process.once('warning', resolve))
  warnProcess('Only a test', 'TEST-001')
  expect(await heard).toMatchObject({
    name: 'HoldfastWarning',
    code: 'TEST-001',
    message: 'Only a test',
  })
})

it('a deprecation reaches them, too, under the name that Node has for it', async () => {
  const heard = new Promise<Error>((resolve) => process.once('warning', resolve))
  warnDeprecated('Only a test', 'TEST-002')
  expect(await heard).toMatchObject({ name: 'DeprecationWarning', code: 'TEST-002' })
})

it('the variables and the working directory are those of the process', () => {
  expect(environmentVariables()['PATH']).toBe(process.env['PATH'])
  expect(workingDirectory()).toBe(process.cwd())
})
