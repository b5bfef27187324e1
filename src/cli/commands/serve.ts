import { InvalidArgumentError, type Command } from 'commander'
import { nowText } from '../../base/clock.js'
import { toError } from '../../base/values.js'
import type { FileStorage } from '../../files/file-storage.js'
import type { ServerEvent } from '../../server/server-event.js'
import { chosenStore } from '../chosen-store.js'
import { describeError } from '../errors.js'
import { openFiles } from '../open-files.js'
import { openStore } from '../open-store.js'
import { serverSettings, type ServeFlags } from '../server-settings.js'
import type { Session } from '../session.js'

const EXAMPLES = `
Tokens are in a file or in HOLDFAST_SERVER_TOKEN, never on the command line.
Without one, the server listens on loopback only, and anyone on this machine may
use it. The first signal ends it in order: requests under way are answered.

Examples:
  $ holdfast serve --store file:prompts
  $ holdfast serve --store sqlite:prompts.db --port 0
  $ holdfast serve --dir prompts --host 0.0.0.0 --tokens tokens.yaml
      --tls-cert cert.pem --tls-key key.pem
  $ curl http://127.0.0.1:8000/health`

interface ServeOptions extends ServeFlags {
  readonly host: string
  readonly port: number
  readonly files?: string
  readonly logRequests?: boolean
}

/** `holdfast serve`: a store over HTTP. */
export function addServeCommand(program: Command, session: Session): void {
  program
    .command('serve')
    .description('serve a store over HTTP: health, API, events')
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <port>', 'at which port; 0 for any free one', parsePort, 8000)
    .option(
      '--tokens <file>',
      'who may use it, in YAML or JSON (default: HOLDFAST_SERVER_TOKENS_FILE)',
    )
    .option('--files <url>', 'serve the files of this store, too: file:DIRECTORY, s3://…')
    .option('--tls-cert <file>', 'serve HTTPS with this certificate (PEM)')
    .option('--tls-key <file>', 'its private key (PEM)')
    .option('--client-ca <file>', 'clients need a certificate of this authority (PEM)')
    .option('--limits <file>', 'limits of size, rate and time, in YAML or JSON')
    .option('--log-requests', 'print a line of JSON for each request on standard error')
    .addHelpText('after', EXAMPLES)
    .action(async (options: ServeOptions) => {
      await serve(session, options)
    })
}

async function serve(session: Session, options: ServeOptions): Promise<void> {
  const { environment, output } = session
  const settings = await serverSettings(session, options)
  // Other commands need none of it, and it takes a while to load.
  const { buildServer, closeServer, listen } = await import('../../server/index.js')
  const { target } = await chosenStore(environment, session.options)
  const storage = await openStore(environment, session.options, { create: true, serves: true })
  let files: FileStorage | undefined
  try {
    const log = logOf(session, options)
    files = await filesOf(session, options)
    const app = await buildServer({ storage, files, options: settings, log })
    try {
      const address = await listen(app, options, settings)
      if (output.json) await output.document({ address, store: target.shown })
      else await output.line(`Serving ${target.shown} at ${address}`)
      await interrupted(environment.signal)
    } finally {
      await closeServer(app, settings)
    }
  } finally {
    await files?.close()
    await storage.close()
  }
}

async function filesOf(
  { environment, options }: Session,
  { files: store }: ServeOptions,
): Promise<FileStorage | undefined> {
  if (store === undefined) return undefined
  const { dir: _dir, ...others } = options
  return await openFiles(environment, { ...others, store }, { create: true, changes: true })
}

/** Faults are always reported; each request where that is asked for. */
function logOf(
  { environment }: Session,
  { logRequests = false }: ServeOptions,
): (event: ServerEvent) => void {
  return (event) => {
    if (event.event === 'request' && !logRequests) return
    const at = nowText()
    environment.stderr.write(`${JSON.stringify({ at, ...withoutCause(event) })}\n`)
  }
}

/** A failure of the store is described by its code; one of the server by where it was thrown. */
function withoutCause(event: ServerEvent): object {
  if (event.event === 'request') return event
  const { cause, ...facts } = event
  const { code, message } = describeError(cause)
  if (code !== 'CLI-INTERNAL-001') return { ...facts, message }
  return { ...facts, stack: toError(cause).stack?.split('\n').slice(1, STACK_LINES) }
}

const STACK_LINES = 10

async function interrupted(signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

function parsePort(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) <= PORT_MAX) return Number(text)
  throw new InvalidArgumentError(`Expected a port from 0 to ${PORT_MAX}.`)
}

const PORT_MAX = 65_535
