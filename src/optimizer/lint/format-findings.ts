import type { Finding } from './finding.js'

/**
 * Findings as text: for each file its name, for each finding its place, severity and rule, then what is wrong and what to
 * do, wrapped to the width.
 *
 * @param width in columns; 80 by default
 */
export function formatFindings(findings: readonly Finding[], width = 80): string {
  const files = [...new Set(findings.map(({ file }) => file))]
  const blocks = files.map((file) =>
    [
      file,
      ...findings
        .filter((finding) => finding.file === file)
        .flatMap((finding) => linesOf(finding, width)),
    ].join('\n'),
  )
  return blocks.length === 0 ? '' : `${blocks.join('\n\n')}\n`
}

const INDENT = '      '

function linesOf(finding: Finding, width: number): readonly string[] {
  const title = finding.node_title === undefined ? '' : `  ${finding.node_title}`
  const head = `  ${finding.line}:${finding.column}  ${finding.severity}  ${finding.rule}${title}`
  const body = [finding.message, finding.remedy].flatMap((text) => wrap(`${text}.`, width))
  return [head, ...body]
}

function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = INDENT
  for (const word of text.split(/\s+/)) {
    if (line.length > INDENT.length && columnsOf(`${line}${word}`) > width) {
      lines.push(line.trimEnd())
      line = INDENT
    }
    line += `${word} `
  }
  return [...lines, line.trimEnd()]
}

/** East Asian characters take two columns. */
function columnsOf(text: string): number {
  const wide = text.match(
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\u3000-\u303f\uff01-\uff60]/gu,
  )
  return text.length + (wide?.length ?? 0)
}
