/** What a message shows in the place of a secret. */
export const REDACTED = '***'

/** Names of parameters and settings whose values are secret. */
const SECRET_NAME =
  /pass|secret|token|credential|signature|^key$|(?:_|api|access|private|account)key/i

/** Whether a value under this name must not be shown; the file that holds a secret may be. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) && !/file$/i.test(name)
}

/**
 * A store URL as messages show it: without its password and without secret parameters. It is meant for wrong URLs, too,
 * so it rather hides too much: a password with an "@" or "/" that should have been percent-encoded is hidden whole.
 */
export function redactUrl(text: string): string {
  return withoutSecretParameters(withoutPassword(text))
}

/** There, a colon or "@" is part of a path. */
const PATH_SCHEME = /^(?:file|sqlite|memory):(?!\/\/)/i

function withoutPassword(text: string): string {
  if (PATH_SCHEME.test(text)) return text
  const slashes = text.indexOf('//')
  const begin = slashes < 0 ? 0 : slashes + 2
  const colon = text.indexOf(':', begin)
  const at = text.lastIndexOf('@')
  if (colon < 0 || at < colon) return text
  return `${text.slice(0, colon + 1)}${REDACTED}${text.slice(at)}`
}

function withoutSecretParameters(text: string): string {
  return text
    .split(/([?&;\s])/)
    .map((piece) => {
      const equals = piece.indexOf('=')
      if (equals < 0 || !isSecretName(piece.slice(0, equals))) return piece
      return `${piece.slice(0, equals + 1)}${REDACTED}`
    })
    .join('')
}
