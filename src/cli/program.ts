import { Command, CommanderError } from 'commander'
import { addDeleteCommand, addSaveCommand, addShredCommand } from './commands/write.js'
import {
  addDoctorCommand,
  addReindexCommand,
  addStatsCommand,
  addVerifyCommand,
} from './commands/inspect.js'
import { addFilesCommand } from './commands/files.js'
import { addGetCommand, addIdsCommand, addLatestCommand, addListCommand } from './commands/read.js'
import { addConfigCommand } from './commands/config.js'
import { addCacheCommand, addWarmCommand } from './commands/cache.js'
import { addDeprecateCommand, addTagCommand } from './commands/annotate.js'
import { addBackupCommand } from './commands/backup.js'
import { addDiffCommand } from './commands/diff.js'
import { addCompressCommand, addDecompressCommand, addReshardCommand } from './commands/compress.js'
import { addExportCommand } from './commands/export.js'
import { addGateCommand } from './commands/gate.js'
import { addGcCommand } from './commands/gc.js'
import { addImportCommand } from './commands/import.js'
import { addLabelCommand } from './commands/label.js'
import { addLocksCommand } from './commands/locks.js'
import { addLogCommand } from './commands/log.js'
import { addMcpCommand } from './commands/mcp.js'
import { addMergeCommand } from './commands/merge.js'
import { addMigrateCommand } from './commands/migrate.js'
import { addOptimizeCommand } from './commands/optimize.js'
import { addPublishCommand } from './commands/publish.js'
import { addProfileCommand } from './commands/profile.js'
import { addRenderCommand } from './commands/render.js'
import { addRestoreCommand } from './commands/restore.js'
import { addSearchCommand } from './commands/search.js'
import { addServeCommand } from './commands/serve.js'
import { addShowCommand } from './commands/show.js'
import { addCompletionCommand } from './commands/completion.js'
import { addDescribeOption } from './describe-option.js'
import { addSmokeCommand } from './commands/smoke.js'
import { addTopCommand } from './commands/top.js'
import { addGlobalOptions, type GlobalOptions } from './global-options.js'
import type { Session } from './session.js'
import { explainUnknownCommands } from './unknown-command.js'
import { addVersionOption } from './version-option.js'

const EXAMPLES = `
Examples:
  $ holdfast import --dir prompts workflows/*.yml    versions of changed prompts
  $ holdfast ids --dir prompts                       which prompts there are
  $ holdfast list --dir prompts my-flow_llm          the history of one
  $ holdfast get --dir prompts my-flow_llm --text    its latest text

Exit status:
  0 done                        1 failed            2 wrong usage
  3 not found                   4 conflict          5 damaged data
  6 no lock in time             8 no space left     9 files are missing
  7 disk or addon unavailable                       130, 143 ended by a signal`

/** The tree of commands. Parsing throws instead of ending the process. */
export function buildProgram(session: Session): Command {
  const program = new Command('holdfast')
  configure(program, session)
  addGlobalOptions(program)
  addVersionOption(program, session, () => {
    throw new CommanderError(0, 'commander.version', 'version')
  })
  addDescribeOption(program, session, () => {
    throw new CommanderError(0, 'commander.version', 'describe')
  })
  program
    .description('Keeps versions of prompts as plain files, with the guarantees of a database.')
    .addHelpText('after', EXAMPLES)
    .hook('preAction', () => session.configure(program.opts<GlobalOptions>()))
  for (const [group, commands] of COMMANDS) {
    program.commandsGroup(group)
    for (const addCommand of commands) addCommand(program, session)
  }
  program.commandsGroup('Help:')
  addCompletionCommand(program, session)
  program.helpCommand('help [command]', 'print the help of a command')
  explainUnknownCommands(program)
  return program
}

type AddCommand = (program: Command, session: Session) => void

const COMMANDS: readonly (readonly [group: string, readonly AddCommand[]])[] = [
  [
    'Versions:',
    [
      addImportCommand,
      addExportCommand,
      addSaveCommand,
      addGetCommand,
      addListCommand,
      addIdsCommand,
      addLatestCommand,
      addDeleteCommand,
      addRestoreCommand,
    ],
  ],
  [
    'Registry:',
    [
      addPublishCommand,
      addLabelCommand,
      addLogCommand,
      addShowCommand,
      addDiffCommand,
      addRenderCommand,
      addMergeCommand,
      addTagCommand,
      addDeprecateCommand,
      addSearchCommand,
      addGcCommand,
    ],
  ],
  ['Workflows:', [addOptimizeCommand, addGateCommand]],
  ['Files:', [addFilesCommand]],
  ['Service:', [addServeCommand, addMcpCommand]],
  [
    'Care:',
    [
      addVerifyCommand,
      addBackupCommand,
      addReindexCommand,
      addShredCommand,
      addCompressCommand,
      addDecompressCommand,
      addReshardCommand,
      addStatsCommand,
      addCacheCommand,
      addWarmCommand,
      addDoctorCommand,
      addTopCommand,
      addLocksCommand,
      addSmokeCommand,
      addProfileCommand,
      addConfigCommand,
      addMigrateCommand,
    ],
  ],
]

/** Commands inherit these settings when they are added, so this comes first. */
function configure(program: Command, session: Session): void {
  const { stdout, stderr } = session.environment
  program
    .exitOverride()
    .showSuggestionAfterError()
    .configureHelp({ showGlobalOptions: true, minWidthToWrap: 20 })
    .configureOutput({
      writeOut: (text) => stdout.write(text),
      writeErr: (text) => {
        if (!session.output.json) stderr.write(text)
      },
      // Errors are reported in one place, in the requested form.
      outputError: () => undefined,
      getOutHelpWidth: () => stdout.columns ?? 80,
      getErrHelpWidth: () => stderr.columns ?? 80,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
}
