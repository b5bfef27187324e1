import { CommanderError, type Command } from 'commander'
import { VERSION } from '../base/version.js'
import { nativeInfo } from '../disk/load-binding.js'
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
  return `holdfast ${VERSION} (${state.trim()})\n`
}

function versionDocument(): string {
  const document = { name: 'holdfast', version: VERSION, native: nativeInfo() }
  return `${JSON.stringify(document, undefined, 2)}\n`
}
