import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { serverSettings } from '../../../src/cli/server-settings.js'
import { Session } from '../../../src/cli/session.js'
import { tempDirectory } from '../../support/temp.js'
import { createEnvironment } from './environment.js'

const SECRET = 'abcdefghijklmnop'

function session(variables: Readonly<Record<string, string>> = {}): Session {
  return new Session(createEnvironment({ variables }).environment)
}

async function file(text: string): Promise<string> {
  const path = join(await tempDirectory(), 'file.yaml')
  await writeFile(path, text)
  return path
}

describe('the settings of a server', () => {
  it('come from files and the environment', async () => {
    const tokens = await file(`tokens:\n  - { name: ci, scope: write, secret: ${SECRET} }\n`)
    const limits = await file('{ "bodyBytesMax": 2048 }')
    const pem = await file('PEM')
    const variables = {
      HOLDFAST_SERVER_TOKEN: SECRET,
      HOLDFAST_SERVER_TOKENS_FILE: tokens,
      HOLDFAST_PROTECTED_LABELS: 'production, staging',
    }
    expect(
      await serverSettings(session(variables), {
        limits,
        tlsCert: pem,
        tlsKey: pem,
        clientCa: pem,
      }),
    ).toEqual({
      bodyBytesMax: 2048,
      protectedLabels: ['production', 'staging'],
      tokens: [
        { name: 'token', scope: 'admin', secret: SECRET },
        { name: 'ci', scope: 'write', secret: SECRET },
      ],
      tls: { cert: 'PEM', key: 'PEM', clientCa: 'PEM' },
    })
    expect(await serverSettings(session(), {})).toEqual({ protectedLabels: [] })
  })

  it.each([
    ['tokens', 'tokens: []', 'CLI-INPUT-001'],
    ['tokens', '- a', 'CLI-INPUT-001'],
    ['limits', 'text', 'CLI-INPUT-001'],
    ['tlsCert', 'PEM', 'CLI-USAGE-001'],
    ['clientCa', 'PEM', 'CLI-USAGE-001'],
  ])('are refused where --%s has %j', async (flag, text, code) => {
    const flags = { [flag]: await file(text) }
    await expect(serverSettings(session(), flags)).rejects.toMatchObject({ code })
  })

  it('name the file that cannot be read', async () => {
    const missing = join(await tempDirectory(), 'missing.yaml')
    await expect(serverSettings(session(), { tokens: missing })).rejects.toThrow('missing.yaml')
  })
})
