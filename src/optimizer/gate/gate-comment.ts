import { inlineCode } from '../reports/markup.js'
import { proofText, verdictText } from '../reports/report-facts.js'
import type { GateChange, GateResult } from './compare-states.js'

/** By which a program finds the comment of an earlier check, to replace it. */
export const GATE_MARK = '<!-- holdfast gate -->'

/** Most lines of one kind. */
const LINES_MAX = 50

/**
 * The result as a comment of a pull request, in Markdown. Texts of the files are in code: they cannot become links, or
 * names of people who would be told.
 */
export function gateComment({ passed, files, refusedFiles, run }: GateResult): string {
  const parts = [
    GATE_MARK,
    `### ${passed ? 'Prompts: nothing got worse' : 'Prompts: something got worse'}`,
    table(files),
    list(
      'Files that cannot be read',
      refusedFiles.map(({ file, reason }) => `${inlineCode(file)}: ${inlineCode(reason)}`),
    ),
    list('New findings', files.flatMap(findingLines)),
    list('Scores', files.flatMap(scoreLines)),
    list(
      'Prompts that are gone',
      files.flatMap(({ file, gone }) => gone.map((id) => `${inlineCode(file)}: ${inlineCode(id)}`)),
    ),
    ...(run === null
      ? []
      : [
          `**Run ${inlineCode(run.report.run)}: ${verdictText(run.report)}.** ${inlineCode(proofText(run.report))}`,
          list(
            'Texts that are not those of the run',
            run.different.map((id) => inlineCode(id)),
          ),
        ]),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function table(files: readonly GateChange[]): string {
  if (files.length === 0) return ''
  const rows = files.map(
    ({ file, newFindings, fixedFindings, meanBefore, meanNow }) =>
      `| ${inlineCode(file)} | ${score(meanBefore)} | ${score(meanNow)} | ${newFindings.length} | ${fixedFindings.length} |`,
  )
  return `| File | Mean score before | now | New findings | Fixed |\n| --- | ---: | ---: | ---: | ---: |\n${rows.join('\n')}`
}

function findingLines({ file, newFindings }: GateChange): readonly string[] {
  return newFindings.map(
    ({ line, column, severity, rule, message, isRefused }) =>
      `${isRefused ? '**refused** ' : ''}${inlineCode(`${file}:${line}:${column}`)} ${severity} ${rule}: ${inlineCode(message)}`,
  )
}

function scoreLines({ file, scores }: GateChange): readonly string[] {
  return scores.map(
    ({ prompt_id: id, line, before, score: now, isRefused }) =>
      `${isRefused ? '**refused** ' : ''}${inlineCode(`${file}:${line}`)} ${inlineCode(id)}: ${score(before)} → ${score(now)}`,
  )
}

function score(value: number | null): string {
  return value === null ? 'new' : value.toFixed(1)
}

function list(title: string, lines: readonly string[]): string {
  if (lines.length === 0) return ''
  const shown = lines.slice(0, LINES_MAX).map((line) => `- ${line}`)
  const left = lines.length - shown.length
  return [`**${title}**`, '', ...shown, ...(left > 0 ? [`- and ${left} more`] : [])].join('\n')
}
