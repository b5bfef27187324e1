import { spawnSync } from 'node:child_process'
import { chown, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  CONFIG_BYTES_MAX,
  CONFIG_NAMES,
  findConfigFile,
  readConfigFile,
} from '../../../src/config/config-file.js'
import { parseYamlText } from '../../../src/config/yaml.js'
import { tempDirectory } from '../../support/temp.js'

async function fileWith(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(await tempDirectory(), name)
  await writeFile(path, content)
  return path
}

const read = async (path: string) => await readConfigFile(path, parseYamlText)

describe('findConfigFile', () => {
  it.each(CONFIG_NAMES)('finds %s from below', async (name) => {
    const path = await fileWith(name, '')
    const below = join(path, '../a/b')
    await mkdir(below, { recursive: true })
    expect(await findConfigFile(below)).toBe(path)
  })

  it('refuses two in one directory', async () => {
    const path = await fileWith('holdfast.config.yaml', '')
    const other = join(path, '../holdfast.config.json')
    await writeFile(other, '{}')
    await expect(findConfigFile(join(path, '..'))).rejects.toThrow(
      `There are two configuration files, ${path} and ${other}: remove one`,
    )
  })

  it.skipIf(process.getuid?.() !== 0)('refuses one that another user owns', async () => {
    const path = await fileWith('holdfast.config.yaml', '')
    await chown(path, 12_345, 12_345)
    await expect(findConfigFile(join(path, '..'))).rejects.toThrow(
      `${path} belongs to another user (uid 12345): to use it all the same, name it (--config`,
    )
  })
})

describe('readConfigFile', () => {
  it('reads YAML, JSON and modules', async () => {
    const config = { optimizer: { storage: { backend: 'memory' } } }
    const yaml = '# development\noptimizer:\n  storage: { backend: memory }\n'
    expect(await read(await fileWith('a.yaml', yaml))).toEqual(config)
    expect(await read(await fileWith('a.yml', yaml))).toEqual(config)
    expect(await read(await fileWith('a.json', JSON.stringify(config)))).toEqual(config)
    const module = `export default ${JSON.stringify(config)}`
    expect(await read(await fileWith('a.mjs', module))).toEqual(config)
  })

  it('reads an empty YAML file as one that sets nothing', async () => {
    expect(await read(await fileWith('a.yaml', '# nothing\n'))).toEqual({})
  })

  it.each([
    ['a.yaml', 'a: [', 'it is not valid YAML'],
    ['a.yaml', 'a: 1\na: 2\n', 'Map keys must be unique'],
    ['a.yaml', `${'['.repeat(60)}`, 'it is nested more than 50 levels deep'],
    ['a.json', '{', 'it is not valid:'],
    ['a.mjs', 'export const config = {}', 'it has no default export'],
    ['a.mjs', "import './missing.mjs'", 'does not exist'],
    ['a.toml', '', 'its name must end with .yaml, .yml, .json, .ts, .mts, .js or .mjs'],
    ['a.yaml', Uint8Array.of(0xff), 'it is not UTF-8 text'],
    ['a.json', new Uint8Array(CONFIG_BYTES_MAX + 1), 'it is larger than 262144 bytes'],
  ])('names the file and the reason: %s (%#)', async (name, content, reason) => {
    const path = await fileWith(name, content)
    const failed = read(path)
    await expect(failed).rejects.toMatchObject({ name: 'TypeError', code: 'ERR_HOLDFAST_ARGUMENT' })
    await expect(failed).rejects.toThrow(`Configuration file ${path} cannot be read: `)
    await expect(failed).rejects.toThrow(reason)
  })

  it('says how to name a module in a package of the other kind', async () => {
    const path = await fileWith('a.js', 'export default {}')
    await writeFile(join(path, '../package.json'), '{ "type": "commonjs" }')
    const program = `import { readConfigFile } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/config/config-file.js'))}
      console.log(await readConfigFile(${JSON.stringify(path)}).then(JSON.stringify, String))`
    const argv = ['--no-warnings', '--input-type=module', '--eval', program]
    const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
    expect(stdout).toContain('in a package that is not of "type": "module", name it .mjs')
  })

  it('names a missing file', async () => {
    await expect(read('/nowhere/a.yaml')).rejects.toThrow('there is no such file')
  })

  it('runs TypeScript where Node does, and else says what to do', async () => {
    const path = await fileWith('a.ts', 'const store: string = "memory:"\nexport default { store }')
    const program = `import { readConfigFile } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/config/config-file.js'))}
      console.log(await readConfigFile(${JSON.stringify(path)}).then(JSON.stringify, String))`
    const argv = ['--no-warnings', '--input-type=module', '--eval', program]
    const { stdout } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
    const runsTypeScript = Reflect.get(process.features, 'typescript') === 'strip'
    if (runsTypeScript) expect(stdout).toBe('{"store":"memory:"}\n')
    else
      expect(stdout).toContain(
        'this version of Node does not run TypeScript: Node 22.18 or later does, and so does a loader',
      )
  })
})
