import { YamlError } from './yaml-cursor.js'

/** The longest directive that is looked at. */
const DIRECTIVE_MAX = 200
const VERSION = /^%YAML +(\d{1,4})\.\d{1,4}(?![\d.])/
/** Of directives with another name, the name alone counts. */
const WELL_FORMED =
  /^%(?:YAML +\d{1,4}\.\d{1,4}|TAG +!\S* +\S+|(?!(?:YAML|TAG)\b)[A-Za-z0-9_-]+)(?=[ \r\n]|$)/

/**
 * Checks the directive that begins at an offset, as PyYAML does.
 *
 * @throws YamlError for a version other than 1, and for what is not a directive
 */
export function checkDirective(text: string, offset: number): void {
  const start = text.slice(offset, offset + DIRECTIVE_MAX)
  const version = VERSION.exec(start)?.[1]
  if (version !== undefined && version !== '1')
    throw new YamlError('its %YAML directive is for another version', offset)
  if (!WELL_FORMED.test(start))
    throw new YamlError('a directive that begins with "%" is not well-formed', offset)
}
