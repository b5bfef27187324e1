import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { onTestFinished } from 'vitest'
import { portableSignPlace } from '../../../src/disk/portable/owner.js'
import { PortableRoot } from '../../../src/disk/portable/root.js'
import {
  leaveSign,
  signPath,
  type Sign,
  type SignKind,
  type SignPlace,
} from '../../../src/disk/sign-of-life.js'
import { tempDirectory } from '../../support/temp.js'

/** Where signs of life are left, in a directory of its own. */
export async function newSignPlace(directory?: string, fileMode = 0o600): Promise<SignPlace> {
  const root = new PortableRoot(directory ?? (await tempDirectory()), fileMode, 0o700)
  return await portableSignPlace(root)
}

/** The sign of this process, withdrawn when the test ends. */
export async function leaveOwnSign(place: SignPlace, kind: SignKind): Promise<Sign> {
  const sign = await leaveSign(place, kind)
  if (sign === undefined) throw new Error('no sign could be left')
  onTestFinished(async () => await sign.withdraw())
  return sign
}

/** The sign of a process that was killed. */
export async function leaveSilentSign(place: SignPlace, name: string): Promise<void> {
  await place.makeDirectory('.alive')
  const path = JSON.stringify(`${place.directory}/${signPath(name)}`)
  const script = `require('net').createServer().listen(${path}, () => process.kill(process.pid, 'SIGKILL'))`
  await once(spawn(process.execPath, ['-e', script], { stdio: 'inherit' }), 'exit')
}
