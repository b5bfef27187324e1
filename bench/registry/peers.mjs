// What the neighbours need for the same: git for history, rsync and restic for backups. Those that are not installed are
// left out. What they do not flush is flushed by `sync`, within the time.
import { spawnSync } from 'node:child_process'
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileSystemStorage } from '../../dist/index.js'
import { fillStore, inDirectory, quantile, round, versionOf } from './timing.mjs'

const PROMPTS = Number(process.env.PROMPTS ?? 1000)
const VERSIONS = Number(process.env.VERSIONS ?? 100)
const ADDED = 100
const ROUNDS = 5
const COMMAND = fileURLToPath(new URL('../../dist/bundled/holdfast.js', import.meta.url))
const GIT = ['-c', 'user.name=bench', '-c', 'user.email=bench@localhost', '-c', 'core.fsync=all']
const OUTPUT_BYTES_MAX = 1024 ** 3

export async function measurePeers() {
  return await inDirectory(async (directory) => {
    const storageDir = join(directory, 'store')
    await fillStore({ storageDir }, PROMPTS, VERSIONS)
    const history = { holdfast: await historyOfHoldfast(storageDir) }
    if (isInstalled('git')) history.git = historyOfGit(join(directory, 'git'))
    return { history, backup: await backups(directory, storageDir) }
  })
}

function isInstalled(program) {
  return spawnSync(program, ['--version']).status === 0
}

function run(program, argv, options = {}) {
  const { status, stderr, error } = spawnSync(program, argv, {
    maxBuffer: OUTPUT_BYTES_MAX,
    encoding: 'utf8',
    ...options,
  })
  if (status !== 0) throw new Error(`${program} ${argv.join(' ')}: ${error?.message ?? stderr}`)
}

function timeOf(work) {
  const start = performance.now()
  work()
  return performance.now() - start
}

/** The median of some rounds. */
function medianOf(work) {
  return round(
    quantile(
      Array.from({ length: ROUNDS }, (_, at) => timeOf(() => work(at))),
      0.5,
    ),
  )
}

async function historyOfHoldfast(storageDir) {
  const storage = await FileSystemStorage.open({ storageDir })
  const commits = []
  for (let at = 0; at < ROUNDS; at++) {
    const added = Array.from({ length: ADDED }, (_, prompt) => versionOf(prompt, VERSIONS + at))
    const start = performance.now()
    await storage.saveVersions(added)
    commits.push(performance.now() - start)
  }
  await storage.close()
  return {
    commit_ms: round(quantile(commits, 0.5)),
    log_ms: medianOf((at) =>
      run(process.execPath, [COMMAND, 'log', `prompt-${at}`, '--dir', storageDir]),
    ),
  }
}

/** The same files, with a commit for each version of all prompts. */
function historyOfGit(directory) {
  run('git', ['init', '--quiet', directory])
  run('git', ['fast-import', '--quiet'], { cwd: directory, input: Buffer.concat([...imported()]) })
  run('git', ['reset', '--quiet', '--hard', 'main'], { cwd: directory })
  const commit_ms = medianOf((at) => {
    for (let prompt = 0; prompt < ADDED; prompt++)
      writeFileSync(join(directory, pathOf(prompt, VERSIONS + at)), textOf(prompt, VERSIONS + at))
    run('git', [...GIT, 'add', '--all'], { cwd: directory })
    run('git', [...GIT, 'commit', '--quiet', '--message', `Round ${at}`], { cwd: directory })
  })
  const log_ms = medianOf((at) => run('git', ['log', '--', `prompt-${at}`], { cwd: directory }))
  const file_log_ms = medianOf((at) =>
    run('git', ['log', '--', pathOf(at, VERSIONS / 2)], { cwd: directory }),
  )
  return { commit_ms, log_ms, file_log_ms }
}

function pathOf(prompt, at) {
  return `prompt-${prompt}/1.${at}.0.json`
}

function textOf(prompt, at) {
  return `${JSON.stringify(versionOf(prompt, at), undefined, 2)}\n`
}

/** As `git fast-import` reads it. */
function* imported() {
  for (let at = 0; at < VERSIONS; at++) {
    yield Buffer.from(
      `commit refs/heads/main\ncommitter bench <bench@localhost> ${1_700_000_000 + at} +0000\ndata 1\n${at % 10}\n`,
    )
    for (let prompt = 0; prompt < PROMPTS; prompt++) {
      const text = Buffer.from(textOf(prompt, at))
      yield Buffer.from(`M 100644 inline ${pathOf(prompt, at)}\ndata ${text.length}\n`)
      yield text
      yield Buffer.from('\n')
    }
  }
}

async function backups(directory, storageDir) {
  const storage = await FileSystemStorage.open({ storageDir })
  const place = (name) => join(directory, name)
  const flush = () => run('sync', ['--file-system', directory])
  const { RESTIC_REPOSITORY: _, ...env } = process.env
  const restic = (argv) =>
    run('restic', ['--quiet', '--cache-dir', place('cache'), '--repo', place('restic'), ...argv], {
      env: { ...env, RESTIC_PASSWORD: 'bench' },
    })
  const subjects = {
    holdfast: async () => await storage.backup(place('holdfast')),
    rsync: (at) => {
      const before = at === 0 ? [] : [`--link-dest=${place('rsync-0')}`]
      run('rsync', ['--archive', ...before, `${storageDir}/`, place(`rsync-${at}`)])
      flush()
    },
    restic: () => {
      restic(['backup', storageDir])
      flush()
    },
  }
  if (!isInstalled('rsync')) delete subjects.rsync
  if (spawnSync('restic', ['version']).status === 0) {
    mkdirSync(place('cache'))
    restic(['init'])
  } else delete subjects.restic
  const measured = {}
  for (const kind of ['full_ms', 'incremental_ms']) {
    for (const [name, backUp] of Object.entries(subjects)) {
      flush()
      const start = performance.now()
      await backUp(kind === 'full_ms' ? 0 : 1)
      measured[name] = { ...measured[name], [kind]: round(performance.now() - start) }
    }
    if (kind === 'full_ms')
      for (let prompt = 0; prompt < ADDED; prompt++)
        await storage.saveVersion(versionOf(prompt, VERSIONS + ROUNDS))
  }
  await storage.close()
  for (const name of ['rsync-0', 'rsync-1']) rmSync(place(name), { recursive: true, force: true })
  return measured
}
