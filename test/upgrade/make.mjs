// Writes the stores of this version as fixtures, to be kept forever: node test/upgrade/make.mjs
//
// With a folder and a name as arguments, the package in that folder writes them: the stores of an older build.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { STORES } from './stores.mjs'

const here = fileURLToPath(new URL('.', import.meta.url))
const packageRoot = resolve(process.argv[2] ?? join(here, '../..'))
const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'))
const target = join(here, 'fixtures', process.argv[3] ?? version)
mkdirSync(target, { recursive: true })
const work = mkdtempSync(join(tmpdir(), 'holdfast-fixtures-'))
for (const name of Object.keys(STORES)) {
  const directory = join(work, name)
  mkdirSync(directory)
  run(process.execPath, [join(here, 'writer.mjs'), packageRoot, name, directory], {
    signal: STORES[name].kill ? 'SIGKILL' : null,
  })
  writeFileSync(join(target, `${name}.json`), readFileSync(join(work, `${name}.json`)))
  moveToAnotherBoot(join(directory, '.owner'))
  // Without the signs of life: they are sockets.
  const options = ['--create', '--gzip', '--sort=name', '--owner=0', '--group=0', '--numeric-owner']
  const archive = join(target, `${name}.tar.gz`)
  run('tar', [...options, '--exclude=.alive/*', '--file', archive, '--directory', work, name])
}
rmSync(work, { recursive: true })

/** The processes that wrote the stores are those of another machine for the process that opens them. */
function moveToAnotherBoot(ownerFile) {
  if (!existsSync(ownerFile)) return
  const owner = JSON.parse(readFileSync(ownerFile, 'utf8'))
  const boot = '00000000-0000-4000-8000-000000000000'
  writeFileSync(ownerFile, JSON.stringify({ ...owner, boot_id: boot }))
}

function run(command, argv, { signal = null } = {}) {
  const ended = spawnSync(command, argv, { stdio: 'inherit' })
  if (ended.error) throw ended.error
  if (ended.signal !== signal || (signal === null && ended.status !== 0))
    throw new Error(`${command} ${argv.join(' ')} ended with ${ended.signal ?? ended.status}`)
}
