import { createRequire } from 'node:module'
import { CommanderError, type Command } from 'commander'
import { nativeInfo } from '../disk/binding.js'
import type { Session } from './session.js'

/** `--version` prints the state of the addon too: it decides what a store can do here. */
export function addVersionOption(program: Command, session: Session): void {
  program.option('-V, --version', 'print the version and the state of the native addon')
  program.on('option:version', () => {
    session.environment.stdout.write(session.output.json ? versionDocument() : versionText())
    throw new CommanderError(0, 'commander.version', 'version')
  })
}

function versionText(): string {
  const native = nativeInfo()
  const state = native.available
    ? `native addon ${native.path ?? ''}`
    : `no native addon: ${native.reason ?? 'not built'}`
  return `holdfast ${packageVersion()} (${state.trim()})\n`
}

function versionDocument(): string {
  const document = { name: 'holdfast', version: packageVersion(), native: nativeInfo() }
  return `${JSON.stringify(document, undefined, 2)}\n`
}

function packageVersion(): string {
  const { version } = createRequire(import.meta.url)('../../package.json') as { version: string }
  return version
}
