import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { openSync } from 'node:fs'
import { unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { VOLUME_OPTIONS, openJournal, create, request } from '../disk/support.js'
import { tempDirectory } from '../../support/temp.js'
import { builtModule, compilePreload, disk, tryFlock } from './support.js'

/** fdatasync() that hangs as long as the file named by HANG_WHILE is there. */
const HANGING_FLUSH = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
int fdatasync(int fd) {
  int (*next)(int) = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
  while (access(getenv("HANG_WHILE"), F_OK) == 0) usleep(10000);
  return next(fd);
}`

const CHILD = (directory: string, records: string): string => `
  import { loadBinding } from ${JSON.stringify(builtModule('disk/native/load-binding'))}
  import { nativeDisk } from ${JSON.stringify(builtModule('disk/native/native-disk'))}
  import { writeFileSync } from 'node:fs'
  const options = { ...${JSON.stringify(VOLUME_OPTIONS)}, ioTimeoutMs: 1000 }
  const volume = await nativeDisk(loadBinding()).openVolume(${JSON.stringify(directory)}, options)
  const committer = await volume.openCommitter({ lockPath: '.lock', pagePath: '.shared' })
  await committer.useSegment(1, '.journal/000000000001.log')
  writeFileSync(process.env.HANG_WHILE, '')
  const request = { kind: 'commit', records: Buffer.from('${records}', 'base64'), transactionCount: 1,
    flush: true, timeMs: 1, lockTimeoutMs: 0 }
  const error = await committer.commit(request).catch((caught) => caught)
  const seen = await volume.stat('a')
  console.log(JSON.stringify({ code: error.code, published: seen !== undefined }))
  // A close waits for no operation that was given up on.
  await volume.close()
  console.log('closed')
`

describe('an operation that takes too long', () => {
  it('is answered in time, keeps its lock until the kernel returns it, and blocks no other process', async ({
    skip,
  }) => {
    const directory = await tempDirectory()
    const preload = compilePreload(directory, HANGING_FLUSH)
    skip(preload === undefined, 'needs a C compiler and Linux to make a flush hang')
    const store = join(directory, 'store')
    const hang = join(directory, 'hang')
    const { volume } = await openJournal(disk(), store)
    const { records } = request([[create('a', 'A')]])
    const script = CHILD(store, Buffer.from(records).toString('base64'))
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, LD_PRELOAD: preload, HANG_WHILE: hang },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const ended = once(child, 'close').then(() => [Buffer.from('the child said nothing')])
    const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer]
    const answer = JSON.parse(line.toString().split('\n')[0] ?? '') as Record<string, unknown>
    expect(answer).toMatchObject({ code: 'ETIMEDOUT', published: false })
    const witness = openSync(join(store, '.lock'), 'r+')
    expect(tryFlock(witness, 'exnb')).toBe('EAGAIN')
    await unlink(hang)
    await ended
    expect(tryFlock(witness, 'exnb')).toBe('held')
    // The caller was told "unknown"; the flush came through in the end, so the commit is kept.
    const found = await volume.stat('a')
    if (found !== undefined) expect(found.bytes).toBe(1)
  })
})
