import type { FastifyInstance } from 'fastify'
import { clearTimeout, setTimeout } from '../base/clock.js'
import { resolveServerOptions, type ServerOptions } from './server-options.js'

/**
 * Ends a server: it accepts nothing more, ends its streams of events, and waits for the requests under way, whose changes
 * are then committed and answered. What is not answered by then is cut off.
 */
export async function closeServer(app: FastifyInstance, options: ServerOptions): Promise<void> {
  const { shutdownMs } = resolveServerOptions(options)
  const cut = setTimeout(() => app.server.closeAllConnections(), shutdownMs)
  try {
    await app.close()
  } finally {
    clearTimeout(cut)
  }
}
