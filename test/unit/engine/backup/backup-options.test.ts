import { expect, it } from 'vitest'
import {
  resolveBackupOptions,
  resolveRestoreOptions,
  resolveSourceOptions,
} from '../../../../src/engine/backup/backup-options.js'

it('has a default for each option', () => {
  expect(resolveBackupOptions()).toEqual({ full: false, snapshot: false, signal: undefined })
  const time = new Date('2026-11-29T21:00:00Z')
  expect(resolveRestoreOptions({ to: 'x' })).toMatchObject({
    backup: undefined,
    allowDamaged: false,
  })
  expect(resolveRestoreOptions({ to: 'x', backup: 3 }).backup).toBe(3)
  expect(resolveRestoreOptions({ to: 'x', backup: time.toISOString() }).backup).toEqual(time)
  expect(resolveRestoreOptions({ to: 'x', backup: time }).backup).toEqual(time)
  expect(resolveSourceOptions({}, 'verifyBackups')).toMatchObject({ disk: 'auto' })
  const { signal } = new AbortController()
  expect(resolveBackupOptions({ signal }).signal).toBe(signal)
})

it.each([
  [() => resolveBackupOptions({ full: 1 } as never), '"full" must be true or false'],
  [() => resolveBackupOptions({ signal: {} } as never), '"signal" must be an AbortSignal'],
  [() => resolveRestoreOptions({} as never), '"to" must be'],
  [() => resolveRestoreOptions(undefined as never), '"to" must be'],
  [() => resolveRestoreOptions({ to: 'x', backup: 0 }), '"backup" must be an integer from 1'],
  [() => resolveRestoreOptions({ to: 'x', backup: 'last' }), "or a time, such as '2026"],
  [() => resolveRestoreOptions({ to: 'x', backup: true as never }), 'the number of a backup'],
  [() => resolveRestoreOptions({ to: 'x', from: 'y' } as never), 'Unknown option "from"'],
  [() => resolveSourceOptions({ to: 'x' } as never, 'verifyBackups'), 'of verifyBackups'],
])('refuses a wrong one by its name: %s', (resolve, message) => {
  expect(resolve).toThrow(message)
})
