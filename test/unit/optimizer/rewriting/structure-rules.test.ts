import { describe, expect, it } from 'vitest'
import { applyRules } from '../../../../src/optimizer/rewriting/rewriting-rule.js'
import { STRUCTURE_RULES } from '../../../../src/optimizer/rewriting/structure-rules.js'

describe('the rules for structure', () => {
  it('make a list of steps, and keep the words', () => {
    expect(
      structured('You read it. First, open it. Then look. It is short. Finally, close it.'),
    ).toBe('You read it.\n1. First, open it.\n2. Then look. It is short.\n3. Finally, close it.')
    expect(structured('首先阅读文章。然后列出要点。最后总结。')).toBe(
      '1. 首先阅读文章。\n2. 然后列出要点。\n3. 最后总结。',
    )
  })

  it.each([
    ['fewer steps', 'Read it first. Then stop.'],
    ['a numbered list', '1. Open it.\n2. Close it.\n\nFirst, read. Then, look. Finally, stop.'],
    ['an item', '- First, read. Then, look. Finally, stop.'],
    ['a text that is only data', 'The question of the user: {{#sys.query#}}'],
  ])('leave %s', (_, text) => {
    expect(structured(text)).toBe(text)
  })

  it('give a text parts, in its own language, and never number a heading', () => {
    const text =
      'You sum up the reports that the user gives to you. Keep the names of people and places.'
    expect(structured(text)).toBe(
      `# Task\n\n${text}\n\n# Expected Output\n\nProvide a clear and structured response.`,
    )
    const said =
      'You sum up the reports that the user gives to you. Reply in JSON, and keep all of the names.'
    expect(structured(said)).toBe(`# Task\n\n${said}`)
    const chinese = '你负责总结用户给出的报告，保留所有的人名和地名，并且列出其中最重要的三个要点。'
    expect(structured(chinese)).toBe(
      `# 任务\n\n${chinese}\n\n# 输出要求\n\n请给出清晰、有条理的回答。`,
    )
  })

  it('add nothing behind a block of code that is not closed', () => {
    const text = `You sum up the reports that the user gives to you. Keep the names of people and places.\n\`\`\`\n{{x}}`
    expect(structured(text)).toBe(`# Task\n\n${text}`)
  })

  it('put an empty line before a heading', () => {
    expect(structured('# A\nread it\n## B\nstop')).toBe('# A\nread it\n\n## B\nstop')
    expect(structured('# A\n```\nx\n# not\n```')).toBe('# A\n```\nx\n# not\n```')
  })
})

function structured(text: string): string {
  return applyRules(text, 'basic', STRUCTURE_RULES).text
}
