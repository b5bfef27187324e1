import type { Command } from 'commander'
import type { Session } from '../session.js'
import { addFilesCpCommand } from './files/cp.js'
import { addFilesGetCommand } from './files/get.js'
import { addFilesHealthCommand } from './files/health.js'
import { addFilesLsCommand } from './files/ls.js'
import { addFilesPutCommand } from './files/put.js'
import { addFilesRmCommand } from './files/rm.js'
import { addFilesStatCommand } from './files/stat.js'
import { addFilesSyncCommand } from './files/sync.js'
import { addFilesVerifyCommand } from './files/verify.js'

const EXAMPLES = `
Examples:
  $ holdfast files put --dir data models/m1.bin weights.bin
  $ holdfast files ls --dir data models/
  $ holdfast files get --dir data models/m1.bin > weights.bin`

/** `holdfast files`: a store of files of any kind. */
export function addFilesCommand(program: Command, session: Session): void {
  const files = program
    .command('files')
    .description(
      'stores files of any kind under keys: put, get, ls, stat, rm, cp, sync, verify, health',
    )
    .addHelpText('after', EXAMPLES)
  for (const addCommand of COMMANDS) addCommand(files, session)
}

const COMMANDS: readonly ((files: Command, session: Session) => void)[] = [
  addFilesPutCommand,
  addFilesGetCommand,
  addFilesLsCommand,
  addFilesStatCommand,
  addFilesRmCommand,
  addFilesCpCommand,
  addFilesSyncCommand,
  addFilesVerifyCommand,
  addFilesHealthCommand,
]
