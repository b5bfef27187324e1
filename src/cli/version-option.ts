import type { Command } from 'commander'
import { VERSION } from '../base/version.js'
import { nativeInfo } from '../disk/native/load-binding.js'
import type { Session } from './session.js'

/** `--version` also prints the state of the addon: that decides what a store can do here. */
export function addVersionOption(program: Command, session: Session, end: () => never): void {
  program.option('-V, --version', 'print the version and the state of the native addon')
  program.on('option:version', () => {
    writeVersion(session.environment.stdout, session.output.json)
    end()
  })
}

/** Whether only the version is requested. */
export function isVersionAsked(argv: readonly string[]): boolean {
  const others = argv.filter((each) => each !== '--version' && each !== '-V')
  return others.length < argv.length && others.every((each) => each === '--json')
}

export function writeVersion(stdout: Session['environment']['stdout'], asJson: boolean): void {
  stdout.write(asJson ? versionDocument() : versionText())
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
