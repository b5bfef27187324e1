import { CommanderError } from 'commander'
import type { Environment } from './environment.js'
import { CliError, EXIT, exitCodeOf } from './errors.js'
import { buildProgram } from './program.js'
import { Session } from './session.js'

/** Runs one command line and returns the exit status. Every failure has been reported when it resolves. */
export async function run(environment: Environment): Promise<number> {
  // The callback of each write gets its outcome; without a listener, the event would end the process.
  environment.stdout.on('error', () => undefined)
  environment.stderr.on('error', () => undefined)
  const session = new Session(environment)
  try {
    await buildProgram(session).parseAsync(environment.argv, { from: 'user' })
    return session.exitCode
  } catch (error) {
    return await report(session, error)
  }
}

async function report(session: Session, error: unknown): Promise<number> {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.ok
    // The help has been printed already, in place of the missing command.
    if (error.code === 'commander.help' && !session.output.json) return EXIT.usage
    await session.output.error(asUsageError(error))
    return EXIT.usage
  }
  await session.output.error(error)
  return exitCodeOf(error)
}

function asUsageError(error: CommanderError): CliError {
  const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new CliError('CLI-USAGE-001', message)
}
