import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { fileStorageConfigFrom } from '../../../src/files/environment.js'
import { FILE_STORAGE_OPTION_NAMES } from '../../../src/files/file-storage-options.js'

const DOCUMENT = readFileSync(join(import.meta.dirname, '../../../docs/files.md'), 'utf8')

/** The variables that docs/files.md names for options, where they are not the option in capitals. */
const OWN_NAMES = new Map(
  Array.from(
    DOCUMENT.slice(DOCUMENT.indexOf('## Environment')).matchAll(/^\| `(\w+)` +\| (.*?) +\|$/gm),
    ([, option = '', cell = '']) => [
      option,
      Array.from(cell.matchAll(/`(\w+)`/g), ([, name = '']) => name),
    ],
  ),
)

function variablesOf(option: string): readonly string[] {
  const inCapitals = option.replaceAll(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()
  return OWN_NAMES.get(option) ?? [inCapitals]
}

/** One of them fits, whatever the option is. */
const VALUES = [
  '1024',
  '5',
  '0o700',
  'true',
  '/a',
  'zstd',
  'none',
  'native',
  'memory',
  'local-wins',
]
const LARGE = String(16 * 1024 * 1024)

/** What a variable sets. */
function setBy(variable: string): object {
  for (const value of VALUES) {
    try {
      return fileStorageConfigFrom({ [variable]: value })
    } catch (error) {
      expect(String(error)).toContain(`"${variable}" is wrong`)
    }
  }
  return fileStorageConfigFrom({ [variable]: LARGE })
}

describe('the environment', () => {
  const options = FILE_STORAGE_OPTION_NAMES.filter((option) => option !== 'encryptionOldKeys')

  it.each(options)('states %s by the variables that docs/files.md names', (option) => {
    for (const variable of variablesOf(option))
      expect(Object.keys(setBy(`HOLDFAST_${variable}`)), variable).toEqual([option])
  })

  it('has names of its own for the options in the table only', () => {
    expect([...OWN_NAMES.keys()].filter((option) => options.includes(option))).toEqual([
      ...OWN_NAMES.keys(),
    ])
    expect(OWN_NAMES.get('storageDir')).toEqual(['LOCAL_STORAGE_PATH'])
  })

  it('states no keys of other files, and nothing by other names', () => {
    const other = { ENCRYPTION_OLD_KEYS: '{}', HOLDFAST_STORAGE_DIR: '/a', STORAGE_DIR: '/a' }
    expect(fileStorageConfigFrom(other)).toEqual({})
  })
})
