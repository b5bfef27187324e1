import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { sampleVersion } from '../src/versions/conformance/subject.js'
import { FileSystemStorage } from '../src/versions/file-system/file-system-storage.js'
import { PromptRegistry } from '../src/versions/registry/prompt-registry.js'
import { codeBlocks, runExample, section } from './support/doc-examples.js'
import { tempDirectory } from './support/temp.js'
import { runHere } from './unit/cli/environment.js'

/** Every script of earlier programs, with the options that are known of it. */
const SCRIPTS = [
  'export_inmemory_storage.py --output FILE.json',
  'migrate_storage.py --from memory --to filesystem --storage-dir DIR --validate',
  'verify_migration.py --storage-dir DIR --expected-count N',
  'restore_inmemory_storage.py --backup FILE.json',
  'analyze_storage_metrics.py --storage-dir DIR --report FILE',
  'verify_index_consistency.py --storage-dir DIR',
  'cache_stats.py',
  'cleanup_old_versions.py --storage-dir DIR --keep-last 10 --dry-run',
  'profile_storage.py',
  'analyze_cache_access.py',
  'warm_cache.py --top-n 100',
  'rebuild_index.py --storage-dir DIR',
  'migrate_inmemory_to_filesystem(old, new)',
  'the script that migrates a configuration',
  'test_smoke.py',
]

describe('docs/migration.md', () => {
  it('says how a store is copied, compared and taken back', async () => {
    const directory = await tempDirectory()
    const storageDir = join(directory, 'prompts')
    await using storage = await FileSystemStorage.open({ storageDir })
    await storage.saveVersions([
      ...['1.0.0', '1.0.1', '1.1.0'].map((version) => sampleVersion('greeting', version)),
      ...['1.0.0', '2.0.0'].map((version) => sampleVersion('farewell', version)),
    ])
    await new PromptRegistry({ storage }).label('greeting', 'production', '1.0.1')
    const [copying, exporting = ''] = codeBlocks('docs/migration.md', 'ts')
    const copied = 'Migrated 2 prompts, 5 versions\n[]\n5\n'
    const outcome = { stderr: '', status: 0 }
    expect(await runExample(copying, directory)).toEqual({ stdout: copied, ...outcome })
    const url = `file:${storageDir}`
    const exported = exporting.replace('file:prompts', url)
    const { stdout } = await runExample(exported, await tempDirectory())
    expect(stdout).toMatch(/versions: 5,\s+imported: 5/)
    const blocks = codeBlocks('docs/migration.md', 'console').join('')
    for (const shown of blocks.split('$ holdfast ').slice(1)) {
      const [line = '', ...output] = shown.split('\n')
      const args = line
        .replaceAll('file:prompts', `file:${storageDir}`)
        .replaceAll('prompts.db', join(directory, 'prompts.db'))
      const state = line.includes('verify') ? [] : ['--state', join(directory, 'state.jsonl')]
      const ended = await runHere([...args.split(' '), ...state])
      expect(ended).toMatchObject({ code: 0, stdout: output.join('\n') })
    }
  })

  it('says what each script of earlier programs is now, and each of these commands runs', async () => {
    const directory = await tempDirectory()
    const first = join(directory, 'first')
    await using storage = await FileSystemStorage.open({ storageDir: first })
    await storage.saveVersion(sampleVersion('greeting', '1.0.0'))
    const rows = section('docs/migration.md', '## Scripts of earlier programs')
    const commands = [...rows.matchAll(/`holdfast (.*?)(?: > FILE)?` +\|$/gm)].map(
      ([, line]) => line,
    )
    expect(commands).toHaveLength(13)
    for (const script of SCRIPTS) expect(rows, script).toContain(script)
    for (const [at, line = ''] of commands.entries()) {
      if (line === 'config migrate') continue
      const args = line
        .replace('--from URL', `--from file:${first}`)
        .replace('--to URL', `--to file:${join(directory, 'third')}`)
        .replace('FILE.json', join(directory, 'export.json'))
        .replace('DIR', join(directory, 'second'))
        .replace(/ N$/, ' 1')
      const state = line.startsWith('migrate --') ? ['--state', join(directory, `state-${at}`)] : []
      const ended = await runHere([...args.split(' '), ...state])
      expect({ line, ...ended }).toMatchObject({ line, code: 0 })
    }
  })
})
