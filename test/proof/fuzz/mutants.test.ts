import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { plantMutant, type Mutant } from '../../support/plant.mjs'

const MINUTES_MAX = 0.5
const HANG_MS = 3000
const LONG_MS = 120_000

const MUTANTS: readonly (Mutant & { readonly target: string })[] = [
  {
    name: 'loses the byte order mark of a path',
    target: 'record',
    file: 'format/record.js',
    from: 'ignoreBOM: true',
    to: 'ignoreBOM: false',
  },
  {
    name: 'takes paths that lead out of the directory',
    target: 'addon',
    file: 'format/record.js',
    from: 'if (!isSafePath(path))',
    to: 'if (false)',
  },
  {
    name: 'never ends at a record of no length',
    target: 'record',
    file: 'format/record.js',
    from: 'if (bytes < RECORD_HEADER_BYTES || bytes > payload.length - offset)',
    to: 'while (bytes === 0) continue; if (bytes < RECORD_HEADER_BYTES || bytes > payload.length - offset)',
  },
  {
    name: 'allocates as much as a count in the bytes says',
    target: 'record',
    file: 'format/record.js',
    from: 'const operations = [];',
    to: 'const operations = []; Buffer.alloc(Math.min(count, 2 ** 26));',
  },
  {
    name: 'believes a frame whose checksum does not fit',
    target: 'scan',
    file: 'format/frame.js',
    from: 'if (checksum(covered, header.previous) !== header.checksum)',
    to: 'if (false)',
  },
  {
    name: 'fails otherwise than by refusing where a withdrawal is cut off',
    target: 'frame',
    file: 'format/frame.js',
    from: "throw new FormatError('a withdrawal is cut off');",
    to: "throw new RangeError('a withdrawal is cut off');",
  },
  {
    name: 'calls every checksum valid',
    target: 'version-file',
    file: 'document/version-file.js',
    from: 'return endOf(bytes) === trailer(checksumOf(bodyOf(bytes)))',
    to: 'return isTrailer(endOf(bytes))',
  },
  {
    name: 'lets two names stand for one id',
    target: 'prompt-id',
    file: 'document/prompt-id.js',
    from: '&& escapeName(text, options) === composed',
    to: '',
  },
  {
    name: 'lets two file names stand for one version',
    target: 'version',
    file: 'document/version-number.js',
    from: '&& versionFileName(version, options) === name',
    to: '',
  },
]

test.each(MUTANTS)(
  'a decoder that $name is caught',
  ({ target, ...mutant }) => {
    const { directory, remove } = plantMutant(mutant, ['test/proof/fuzz', 'test/proof/crash'])
    try {
      const args = ['--target', target, '--minutes', String(MINUTES_MAX), '--hang', String(HANG_MS)]
      const { status, stdout } = spawnSync(
        process.execPath,
        [join(directory, 'test/proof/fuzz/fuzz.mjs'), ...args],
        { encoding: 'utf8' },
      )
      expect(stdout).toMatch(/failed: .* 1 failures/)
      expect(status).toBe(1)
    } finally {
      remove()
    }
  },
  LONG_MS,
)
