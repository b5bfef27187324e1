import { mkdir, readdir, stat, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  askSign,
  bootTag,
  leaveSign,
  newSignName,
  parseSignName,
  signPath,
} from '../../../src/disk/sign-of-life.js'
import { bootId } from '../../../src/disk/process-start.js'
import { tempDirectory } from '../../support/temp.js'
import { isWindows, NO_SIGN } from '../../support/windows.js'
import { failure } from './support.js'
import { leaveOwnSign, leaveSilentSign, newSignPlace } from './signs.js'

const BOOT = '01234567-89ab-cdef-0123-456789abcdef'

describe.skipIf(isWindows)(`a sign of life (${NO_SIGN})`, () => {
  it('answers until it is withdrawn, and its directory goes with the last one', async () => {
    const place = await newSignPlace()
    const [first, second] = [
      await leaveOwnSign(place, 'native'),
      await leaveOwnSign(place, 'native'),
    ]
    expect(first.name).not.toBe(second.name)
    expect(await askSign(place, first.name)).toBe('answers')
    await first.withdraw()
    expect(await askSign(place, first.name)).toBe('absent')
    expect(await askSign(place, second.name)).toBe('answers')
    await second.withdraw()
    expect(await readdir(place.directory)).toEqual([])
  })

  it('is silent once its process was killed', async () => {
    const place = await newSignPlace()
    const name = await newSignName('portable')
    await leaveSilentSign(place, name)
    expect(await askSign(place, name)).toBe('silent')
  })

  it('is never asked of a file, nor through a link to a socket that answers', async () => {
    const place = await newSignPlace()
    const { name } = await leaveOwnSign(place, 'native')
    const [link, file] = [await newSignName('native'), await newSignName('native')]
    await symlink(join(place.directory, signPath(name)), join(place.directory, signPath(link)))
    await writeFile(join(place.directory, signPath(file)), '')
    expect(await askSign(place, link)).toBe('absent')
    expect(await askSign(place, file)).toBe('absent')
  })

  it('can be connected to by all who may write in a shared volume', async () => {
    const place = await newSignPlace(undefined, 0o660)
    const { name } = await leaveOwnSign(place, 'native')
    const { mode } = await stat(join(place.directory, signPath(name)))
    expect(mode & 0o777).toBe(0o660)
  })

  it('is left and asked where the path is too long for a socket', async () => {
    const directory = join(
      await tempDirectory(),
      ...Array.from({ length: 3 }, () => 'x'.repeat(90)),
    )
    await mkdir(directory, { recursive: true })
    const place = await newSignPlace(directory)
    const sign = await leaveOwnSign(place, 'portable')
    expect(await askSign(place, sign.name)).toBe('answers')
    expect(await readdir(join(directory, '.alive'))).toEqual([sign.name])
    await sign.withdraw()
    expect(await askSign(place, sign.name)).toBe('absent')
  })

  it.runIf(process.platform === 'linux')(
    'fails as a call of the disk where that long path cannot be opened',
    async () => {
      const place = { ...(await newSignPlace()), directory: join('/missing', 'x'.repeat(120)) }
      const refused = await failure(askSign(place, await newSignName('native')))
      expect(refused).toMatchObject({ code: 'ENOENT', syscall: 'open' })
    },
  )

  it('is left though others remove the empty directory of signs in between', async () => {
    const place = await newSignPlace()
    let removals = 0
    const restless = {
      ...place,
      makeDirectory: async (path: string) => {
        await place.makeDirectory(path)
        if (removals++ < 3) await place.removeDirectory(path)
      },
    }
    const sign = await leaveSign(restless, 'native')
    expect(removals).toBe(4)
    expect(await askSign(place, sign?.name ?? '')).toBe('answers')
    await sign?.withdraw()
  })
})

describe('the name of a sign', () => {
  it('says who left it, and on which boot', async () => {
    const name = await newSignName('portable')
    expect(parseSignName(name)).toEqual({
      kind: 'portable',
      pid: process.pid,
      bootTag: bootTag(await bootId()),
    })
    expect(bootTag(BOOT)).toBe('01234567')
    expect(bootTag('')).toBe('00000000')
  })

  it.each([
    '',
    'native-1-01234567-0123456789abcdef.new',
    'foreign-1-01234567-0123456789abcdef',
    'native-x-01234567-0123456789abcdef',
    'native-1-01234567-0123456789abcde',
    'native-1-01234567-../../../etc/pass',
    'native-12345678901-01234567-0123456789abcdef',
  ])('is not %j', (name) => {
    expect(parseSignName(name)).toBeUndefined()
  })
})
