import type { Command } from 'commander'
import { isErrorNamed } from '../../../base/values.js'
import { CliError } from '../../errors.js'
import { inputChunks } from '../../input.js'
import type { Session } from '../../session.js'
import { tellOfWaiting } from '../../waiting.js'

interface PutOptions {
  readonly meta?: string
  readonly expires?: string
  readonly ifAbsent?: boolean
  readonly ifMatch?: string
}

export function addFilesPutCommand(files: Command, session: Session): void {
  files
    .command('put')
    .description('store a file under a key')
    .argument('<key>')
    .argument('[file]', 'standard input by default, or for -', '-')
    .option('--meta <json>', 'a JSON object to keep with the file')
    .option('--expires <time>', 'the file is absent from then on (ISO 8601)')
    .option('--if-absent', 'only where there is no file under the key')
    .option('--if-match <etag>', 'only where the file still has this etag')
    .action(async (key: string, file: string, options: PutOptions) => {
      const metadata = parseMetadata(options.meta)
      await session.withFiles(
        async (storage) => {
          await tellOfWaiting(session, file, 'the content')
          const info = await storage.storeStream(key, inputChunks(session.environment, file), {
            metadata,
            expiresAt: options.expires,
            ifAbsent: options.ifAbsent,
            ifMatch: options.ifMatch,
          })
          if (session.output.json) return await session.output.document(info)
          await session.output.talk(`Stored ${info.bytes} bytes under ${key}`)
        },
        { create: true },
      )
    })
}

function parseMetadata(text: string | undefined): Record<string, unknown> {
  if (text === undefined) return {}
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
  } catch (error) {
    if (!isErrorNamed(error, 'SyntaxError')) throw error
  }
  throw new CliError('CLI-USAGE-001', '--meta must be a JSON object')
}
