import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { tempDirectory } from '../../../support/temp.js'
import { filled, holdfast, holdfastJson } from '../here.js'
import { BIN, plainEnvironment } from '../holdfast.js'

async function configOf(yaml: string, name = 'a.yaml'): Promise<string> {
  const file = join(await tempDirectory(), name)
  await writeFile(file, yaml)
  return file
}

describe('holdfast config show', () => {
  it('prints what each value is and comes from, and no secret', async () => {
    const file = await configOf(
      'dify: { auth: { token: hunter2 } }\noptimizer: { optimization: { min_improvement: 7 } }',
    )
    const env = {
      HOLDFAST_STORE: 'postgres://bob:hunter2@db/prompts',
      HOLDFAST_STORE_PASSWORD_FILE: '/run/secrets/db',
    }
    const shown = await holdfast(['config', 'show', '--origin', '--config', file], { env })
    expect([shown.code, shown.stderr]).toEqual([0, `Read ${file}\n`])
    expect(shown.stdout).toMatch(
      /│ optimizer\.storage\.config\.url +│ postgres:.* │ environment +│/,
    )
    expect(shown.stdout).toMatch(/│ optimizer\.optimization\.min_improvement +│ 7 +│ file +│/)
    const { document } = await holdfastJson(['config', 'show', '--origin', '--config', file], {
      env,
    })
    expect(document).toMatchObject({
      file,
      values: {
        'dify.auth.token': '***',
        'optimizer.storage.backend': 'database',
        'optimizer.storage.config.url': 'postgres://bob:***@db/prompts',
        'optimizer.storage.config.password_file': '/run/secrets/db',
        'optimizer.optimization.min_improvement': 7,
        'optimizer.optimization.max_iterations': 3,
      },
      origins: {
        'dify.auth.token': { source: 'file', name: file },
        'optimizer.storage.config.url': { source: 'environment', name: 'HOLDFAST_STORE' },
        'optimizer.optimization.max_iterations': { source: 'default', name: '' },
      },
    })
    expect(shown.stdout + JSON.stringify(document)).not.toContain('hunter2')
  })

  it('finds the file from a directory below it', async () => {
    const file = await configOf('optimizer: { storage: "file:prompts" }', 'holdfast.config.yaml')
    const below = join(file, '../below')
    await mkdir(below)
    const options = { cwd: below, env: plainEnvironment(), encoding: 'utf8' as const }
    const { stdout } = spawnSync(process.execPath, [BIN, 'config', 'show', '--json'], options)
    expect(JSON.parse(stdout)).toMatchObject({
      file,
      values: { 'optimizer.storage.config.storage_dir': join(file, '../prompts') },
    })
    const saved = spawnSync(
      process.execPath,
      [BIN, 'save', '--prompt-id', 'hi', '--text', 'Hello'],
      options,
    )
    expect([saved.status, saved.stdout]).toEqual([0, '1.0.0\n'])
    expect(await readdir(join(file, '../prompts'))).toContain('hi')
    expect(await readdir(below)).toEqual([])
  })
})

describe('holdfast config check', () => {
  it('opens the store, and writes nothing', async () => {
    const dir = await filled()
    const before = await readdir(dir, { recursive: true })
    const file = await configOf(
      `optimizer: { storage: { backend: filesystem, config: { storage_dir: ${dir} } } }`,
    )
    const { code, stderr } = await holdfast(['config', 'check', '--config', file])
    expect([code, stderr]).toEqual([0, `${file}: valid; file:${dir} opens and holds 2 prompts\n`])
    expect(await readdir(dir, { recursive: true })).toEqual(before)
  })

  it('does not make a store that is missing', async () => {
    const file = await configOf('optimizer: { storage: "file:missing" }')
    const { code } = await holdfast(['config', 'check', '--config', file])
    expect(code).toBe(3)
    expect(await readdir(join(file, '..'))).toEqual(['a.yaml'])
  })

  it('says that a store in memory is not opened', async () => {
    const file = await configOf('{}')
    const { document } = await holdfastJson(['config', 'check', '--config', file])
    expect(document).toEqual({ file, store: 'memory:', opened: false })
  })

  it.each([
    [
      'optimizer: { storage: { backend: tape } }',
      "Invalid backend 'tape'. Must be one of: memory, filesystem, database",
    ],
    [
      'optimizer: { storage: { backend: filesystem } }',
      'Filesystem backend missing required config: storage_dir',
    ],
    [
      'optimizer: { storage: "file:x?cache_sise=1" }',
      'Unknown key "cache_sise" of optimizer.storage.config; did you mean "cache_size"?',
    ],
    ['optimzer: {}', 'did you mean "optimizer"?'],
    ['optimizer: [', 'it is not valid YAML'],
  ])('fails for %j', async (yaml, message) => {
    const file = await configOf(yaml)
    const { code, stderr } = await holdfast(['config', 'check', '--config', file])
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})

describe('holdfast config migrate', () => {
  const OLD = '# keep\noptimizer:\n  storage: memory # in memory\n'
  const NEW = '# keep\noptimizer:\n  storage:\n    backend: memory # in memory\n'

  it('rewrites the file, and finds nothing to do the next time', async () => {
    const file = await configOf(OLD)
    const dry = await holdfast(['config', 'migrate', '--dry-run', '--config', file])
    expect([dry.code, dry.stdout]).toEqual([0, NEW])
    expect(await readFile(file, 'utf8')).toBe(OLD)
    const { document } = await holdfastJson(['config', 'migrate', '--config', file])
    expect(document).toMatchObject({ file, written: true, changes: [expect.any(String)] })
    expect(await readFile(file, 'utf8')).toBe(NEW)
    const again = await holdfast(['config', 'migrate', '--config', file])
    expect([again.code, again.stderr]).toEqual([0, `${file}: nothing to migrate\n`])
  })

  it('writes nothing that would not be valid', async () => {
    const yaml = 'optimizer: { storage: tape }'
    const file = await configOf(yaml)
    const { code, stderr } = await holdfast(['config', 'migrate', '--config', file])
    expect(code).toBe(2)
    expect(stderr).toContain("Invalid backend 'tape'")
    expect(await readFile(file, 'utf8')).toBe(yaml)
  })

  it('names a file that it does not rewrite, and one that is missing or wrong', async () => {
    const module = await configOf('export default {}', 'a.mjs')
    const { code, stderr } = await holdfast(['config', 'migrate', '--config', module])
    expect([code, stderr.includes('only those are rewritten: change it by hand')]).toEqual([
      2,
      true,
    ])
    const wrong = await configOf('{', 'a.json')
    expect((await holdfast(['config', 'migrate', '--config', wrong])).stderr).toContain(
      `Configuration file ${wrong} cannot be read: it is not valid`,
    )
    expect((await holdfast(['config', 'migrate', '--config', '/nowhere.yaml'])).code).toBe(2)
  })
})

describe('--store', () => {
  it('opens what --dir opens', async () => {
    const dir = await filled()
    const { href } = pathToFileURL(dir)
    for (const store of [`file:${dir}`, href, `${href}?use_index=false`]) {
      const { code, stdout } = await holdfast(['ids', '--store', store])
      expect([code, stdout]).toEqual([0, 'Greeting\nmail@home\n'])
    }
    const { document } = await holdfastJson(['latest', 'Greeting'], {
      env: { HOLDFAST_STORE: `file:${dir}` },
    })
    expect(document).toMatchObject({ version: '2.0.0', path: expect.stringContaining(dir) })
  })

  it('refuses by name what only a store of files can do', async () => {
    const commands = [
      ['verify'],
      ['reindex'],
      ['stats'],
      ['cache'],
      ['warm'],
      ['doctor'],
      ['doctor', '--take-over'],
      ['shred'],
      ['compress'],
      ['decompress'],
      ['reshard', '--none'],
      ['backup', 'x'],
      ['restore', 'p', '1.0.0'],
      ['restore', '--from', 'x'],
      ['get', 'p', '--raw'],
    ]
    for (const argv of commands) {
      const { code, stderr } = await holdfast([...argv, '--store', 'memory:'])
      expect([argv, code]).toEqual([argv, 2])
      expect(stderr).toContain('The store memory: cannot do this: "')
    }
  })

  it('refuses flags of stores of files, and to save where nothing is kept', async () => {
    const trash = await holdfast(['ids', '--store', 'memory:', '--trash'])
    expect([trash.code, trash.stderr]).toEqual([
      2,
      'error CLI-USAGE-001 --trash means nothing to the store memory:; leave it out\n',
    ])
    const save = ['save', '--store', 'memory:', '--prompt-id', 'p', '--text', 'x']
    expect((await holdfast(save)).stderr).toContain('memory: keeps nothing when the command ends')
    const { code, stdout } = await holdfast(['ids', '--store', 'memory:'])
    expect([code, stdout]).toEqual([0, ''])
  })
})
