import type { Environment } from './environment.js'

/** Where keys are read, Ctrl-C is one of them and not a signal. */
const QUIT = ['q', 'Q', '\u0003', '\u0004'].map((key) => key.charCodeAt(0))

export interface QuitKeys {
  /** Aborted when such a key is pressed. */
  readonly signal: AbortSignal
  /** Makes the terminal what it was. */
  readonly close: () => void
}

/** Listens for q, Ctrl-C and Ctrl-D on a terminal; elsewhere, nothing is read. */
export function quitKeys({ stdin }: Pick<Environment, 'stdin'>): QuitKeys {
  const quit = new AbortController()
  if (!stdin.isTTY) return { signal: quit.signal, close: () => undefined }
  const onKey = (keys: Buffer): void => {
    if (QUIT.some((key) => keys.includes(key))) quit.abort()
  }
  stdin.setRawMode(true)
  stdin.on('data', onKey)
  stdin.resume()
  return {
    signal: quit.signal,
    close: () => {
      stdin.off('data', onKey)
      stdin.setRawMode(false)
      stdin.pause()
    },
  }
}
