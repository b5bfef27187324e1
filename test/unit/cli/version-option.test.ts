import { describe, expect, it } from 'vitest'
import { VERSION } from '../../../src/base/version.js'
import { isVersionAsked, writeVersion } from '../../../src/cli/version-option.js'
import { createEnvironment } from './environment.js'

describe('the version', () => {
  it.each([
    [true, ['--version']],
    [true, ['-V']],
    [true, ['--json', '-V']],
    [false, []],
    [false, ['--json']],
    [false, ['get', '--version']],
    [false, ['--version', '--dir', 'x']],
  ])('is all that is asked for: %j for %j', (isAsked, argv) => {
    expect(isVersionAsked(argv)).toBe(isAsked)
  })

  it('comes on one line with the state of the addon, or as a document', () => {
    const { environment, stdout } = createEnvironment()
    writeVersion(environment.stdout, false)
    expect(stdout()).toMatch(/^holdfast \d+\.\d+\.\d+ \((?:no )?native addon.*\)\n$/)
    expect(stdout()).toContain(` ${VERSION} `)
    const asJson = createEnvironment()
    writeVersion(asJson.environment.stdout, true)
    expect(JSON.parse(asJson.stdout())).toMatchObject({
      name: 'holdfast',
      version: VERSION,
      native: { available: expect.any(Boolean) },
    })
  })
})
