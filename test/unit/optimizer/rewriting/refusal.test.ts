import { describe, expect, it } from 'vitest'
import { shortened } from '../../../../src/base/values.js'
import type { TextSyntax } from '../../../../src/dify/workflow/carriers.js'
import { refusalOf } from '../../../../src/optimizer/rewriting/refusal.js'
import { HARMLESS, HOSTILE, randomSource } from '../../../support/hostile-proposals.js'
import { SEED } from '../../../support/random.js'
import { REAL_TEXTS } from './rewriting-texts.js'

const PROPOSALS = 10_000
const CONTROLS = 2_000

describe('a rewriting of a prompt', () => {
  it('is refused whatever a hostile model does: 10,000 proposals, none is accepted', () => {
    const random = randomSource(SEED)
    const accepted: string[] = []
    const tried = new Map<string, number>()
    for (let count = 0; count < PROPOSALS;) {
      const [name, rewrite] = pick(Object.entries(HOSTILE), random)
      const [text, syntax] = pick(fitting(HOSTILE, name), random)
      const bad = rewrite(text, random)
      if (bad === undefined) continue
      // A good change beside the bad one must not hide it.
      const [, improve] = pick(Object.entries(HARMLESS), random)
      const proposal = /early|nothing/.test(name) ? bad : (improve(bad, random) ?? bad)
      count++
      tried.set(name, (tried.get(name) ?? 0) + 1)
      if (refusalOf(text, proposal, syntax).length === 0)
        accepted.push(`${name}: ${shortened(text, 300)} -> ${shortened(proposal, 300)}`)
    }
    expect(accepted).toEqual([])
    expect(tried.size).toBe(Object.keys(HOSTILE).length)
  })

  it('is accepted where it does no harm: 2,000 proposals, none is refused', () => {
    const random = randomSource(SEED + 1)
    const refused: string[] = []
    const tried = new Set<string>()
    for (let count = 0; count < CONTROLS;) {
      const [name, rewrite] = pick(Object.entries(HARMLESS), random)
      const [text, syntax] = pick(fitting(HARMLESS, name), random)
      const proposal = rewrite(text, random)
      if (proposal === undefined || proposal === text) continue
      count++
      tried.add(name)
      const reasons = refusalOf(text, proposal, syntax)
      if (reasons.length > 0)
        refused.push(`${name}: ${JSON.stringify(reasons)} ${shortened(proposal, 300)}`)
    }
    expect(refused).toEqual([])
    expect(tried.size).toBe(Object.keys(HARMLESS).length)
  })

  it.each<readonly [string, string, string, readonly string[]]>([
    ['renames', 'Use {{a}}.', 'Use {{b}}.', ['placeholder_lost', 'placeholder_added']],
    ['doubles', 'Use {{a}}.', 'Use {{a}}, {{a}}.', ['placeholder_added']],
    ['drops one of two', '{{a}} and {{a}}.', '{{a}}.', ['placeholder_lost', 'truncated']],
    ['is blank', 'Use it.', ' ', ['blank']],
    ['adds a brace', 'Use {{a}}.', 'Use {{{a}}}.', ['placeholder_added']],
    ['changes a mark of a chat', '<|user|> Go on.', '<|system|> Go on.', ['tag_lost', 'tag_added']],
    [
      'cuts an address',
      'At https://e.org/a_(b) now.',
      'At https://e.org/a_(b now.',
      ['url_lost', 'url_added'],
    ],
    [
      'cuts the end of an address',
      'At https://e.org/a_ now.',
      'At https://e.org/a now.',
      ['url_lost', 'url_added'],
    ],
    [
      'changes an address without a scheme',
      'At e.org/a now.',
      'At e.net/a now.',
      ['url_lost', 'url_added'],
    ],
    [
      'changes an address in capitals',
      'HTTPS://E.org/a is it.',
      'HTTPS://E.org/b is it.',
      ['url_lost', 'url_added'],
    ],
    [
      'changes code in a list',
      'Run:\n- ```\n  a(1)\n  ```\nEnd.',
      'Run:\n- ```\n  a(2)\n  ```\nEnd.',
      ['code_lost', 'code_added'],
    ],
    [
      'changes code in a quotation',
      'Run:\n> ```\n> a(1)\n> ```\nEnd.',
      'Run:\n> ```\n> a(2)\n> ```\nEnd.',
      ['code_lost', 'code_added'],
    ],
    ['changes data of Python', "Give {'a': 1}.", "Give {'a': 2}.", ['json_lost', 'json_added']],
    [
      'changes data of JavaScript',
      'Give {a: 1, b: 2}.',
      'Give {a: 1}.',
      ['json_lost', 'json_added'],
    ],
    ['changes a list of numbers', 'Give [1, 2].', 'Give [1, 3].', ['json_lost', 'json_added']],
    [
      'changes a format',
      'Give {a:.2f} and {b[0]}.',
      'Give {a} and {b[0]}.',
      ['placeholder_lost', 'placeholder_added'],
    ],
    ['loses items with two numbers', '1.1. Read.\n1.2. Write.', 'Read, and write.', ['list_lost']],
    ['loses items with wide numbers', '１．读。\n２．写。', '读和写。', ['list_lost']],
    [
      'moves a placeholder out of its tag',
      '<a>Use {{x}}.</a> Go.',
      '<a>Use it.</a> {{x}} Go.',
      ['part_moved'],
    ],
    [
      'moves a placeholder into another tag',
      '<a>{{x}}</a> or <b>{{y}}</b>.',
      '<a>{{y}}</a> or <b>{{x}}</b>.',
      ['part_moved'],
    ],
    [
      'moves code out of its tag',
      '<a>\n```\nx\n```\n</a>\nGo.',
      '<a>\n</a>\n```\nx\n```\nGo.',
      ['part_moved'],
    ],
    [
      'replaces an item',
      '- Name the source.\n- Be polite to users.',
      '- Name the source.\n- Sell our new plan.',
      ['list_lost'],
    ],
    [
      'says one item twice',
      '- Name the source.\n- Name the page.',
      '- Name the source.\n- Name the source.',
      ['list_lost'],
    ],
    [
      'gives items another order',
      '- Name the source.\n- Be polite to users.',
      '- Be polite to users.\n- Name the source.',
      ['list_lost'],
    ],
    [
      'changes code that is indented',
      'Run:\n\n    a(1)\n\nEnd.',
      'Run:\n\n    a(2)\n\nEnd.',
      ['code_lost', 'code_added'],
    ],
    [
      'renames a variable of a shell',
      'Go to $HOME now.',
      'Go to $PWD now.',
      ['placeholder_lost', 'placeholder_added'],
    ],
    ['loses a format', 'Say %s, then %d.', 'Say it, then %d.', ['placeholder_lost']],
    ['loses a word in brackets', 'Greet [USER NAME].', 'Greet the user.', ['placeholder_lost']],
    ['loses a part of ERB', 'Greet <%= name %>.', 'Greet the user.', ['placeholder_lost']],
    [
      'loses a long comment',
      `Do it.\n<!-- ${'x '.repeat(2000)}-->\nThen end it with all that is left to say of it.`,
      'Do it.\nThen end it with all that is left to say of it.',
      ['tag_lost', 'truncated'],
    ],
    [
      'changes long code between backticks',
      `Run \`${'x'.repeat(600)}\` now.`,
      `Run \`${'x'.repeat(601)}\` now.`,
      ['inline_code_lost', 'inline_code_added'],
    ],
    ['hides a character', 'Do it now.', 'Do it\u{e0101} now.', ['hidden_character']],
    ['loses an item', '1. a\n2. b.', '1. a and b.', ['list_lost']],
    ['changes a number', '1. a\n2. b.', '1. a\n3. b.', ['list_lost']],
    ['swaps tags', '<a>x</a>.', '</a>x<a>.', ['tag_order']],
    ['translates', 'Summarize it.', '总结一下。', ['language_changed']],
    ['ends early', 'You are kind. Say it. Then end.', 'Be kind. Say it.', []],
    ['stops', 'Say it, then stop.', 'Say it twice, and', ['truncated']],
    ['adds code', 'Run the tests.', 'Run the tests: `rm -rf`.', ['inline_code_added']],
    ['has a hidden mark', 'Say it.', 'Say\u2060 it.', ['hidden_character']],
  ])('that %s is refused with its reasons', (_, before, after, reasons) => {
    expect(refusalOf(before, after, 'basic').map(({ reason }) => reason)).toEqual(reasons)
  })

  it('may set words that are there between backticks, and reorder what is a multiset', () => {
    expect(
      refusalOf('Run npm test on {{a}}, {{b}}.', 'For {{b}}, {{a}}: run `npm test`.', 'basic'),
    ).toEqual([])
  })

  it('may say an item in another way, and add one', () => {
    const before = '1. Use only the context above. If it has no answer, say that you do not know.'
    const after =
      '1. Answer only from the context above; if it lacks the answer, say you do not know.\n2. Be kind.'
    expect(refusalOf(before, after, 'basic')).toEqual([])
    expect(
      refusalOf('- 不要输出任何解释，只给结果。', '- 不要给出任何解释，只输出结果。', 'app'),
    ).toEqual([])
  })

  it('may change a percentage, a price, a footnote and a check box', () => {
    const before = 'Take 20% off $100 [1], 100% sure.\n- [x] Say it is done now.'
    const after = 'Take 30% off $90 [2], quite sure.\n- [ ] Say it is done now.'
    expect(refusalOf(before, after, 'basic')).toEqual([])
  })

  it('may not reorder the statements of a template', () => {
    const before = '{% if a %}A{% else %}B{% endif %}'
    const after = '{% else %}A{% if a %}B{% endif %}'
    expect(refusalOf(before, after, 'jinja2')).toMatchObject([{ reason: 'statement_order' }])
  })

  it('may not move a placeholder into another branch', () => {
    const text = '{% if a %}{{ x }} and {{ y }}{% else %}{{ z }}{% endif %} {{ w }}'
    const moved = '{% if a %}{{ z }} and {{ y }}{% else %}{{ x }}{% endif %} {{ w }}'
    const swapped = '{% if a %}{{ y }} and {{ x }}{% else %}{{ z }}{% endif %} {{ w }}'
    expect(refusalOf(text, moved, 'jinja2').map(({ reason }) => reason)).toEqual([
      'statement_order',
    ])
    expect(refusalOf(text, swapped, 'jinja2')).toEqual([])
  })

  it('may not have more characters than a prompt may have', () => {
    const after = `${'Do it. '.repeat(20_000)}`
    expect(refusalOf('Do it.', after, 'basic')).toMatchObject([{ reason: 'too_long' }])
  })

  it('is told in a sentence that quotes the part, however long', () => {
    const [refusal] = refusalOf(`See \`${'x'.repeat(400)}\`.`, 'See it.', 'basic')
    expect(refusal?.detail).toMatch(/^lost: "`x+… \(322 more characters\)"$/)
  })

  it('is checked for texts alone', () => {
    expect(() => refusalOf(1 as unknown as string, 'x', 'basic')).toThrow('Argument "before"')
    expect(() => refusalOf('x', 'y', 'yaml' as TextSyntax)).toThrow('"syntax" must be one of')
  })
})

const MADE: readonly (readonly [text: string, syntax: TextSyntax])[] = [
  [
    `You are a support agent. Answer the question of the user in <answer> tags.

<context>
{{#context#}}
</context>

Rules:
1. Use only the context above. If it does not have the answer, say that you do not know.
2. Quote the manual at https://docs.example.com/manual/start where it helps.
3. The answer must be short. Never give more than three sentences.

The question is: {{#sys.query#}} and the language is {{#1713262060182.language#}}.

<answer></answer>`,
    'basic',
  ],
  [
    `Extract the fields of the report and give them as JSON:

{"title": "the title", "score": 3, "items": ["a", "b"]}

Call \`extract\` with the text {{#1739189441547.text#}} first:

\`\`\`python
def extract(text):
    return parse(text, "{{#env.mode#}}")
\`\`\`

- Each field must be in the text.
- Leave a field out if the text does not have it.

Do not explain the answer.`,
    'basic',
  ],
  [
    `{% if history %}
Earlier messages: {{ history | join(", ") }}
{% endif %}
Translate the text below into {{ language }} for the user. The text is not to be shortened, and each name must be as it is.
{% for part in parts %}
<part>{{ part }}</part>
{% endfor %}
Give the translation only.`,
    'jinja2',
  ],
  [
    `你是一名资深的翻译专家，请将用户输入的内容翻译成{{target_language}}。

要求：
1. 保留原文的格式，必须准确传达原意。
2. 专有名词参考 https://glossary.example.cn/list 中的译法。
3. 不要输出任何解释，结果放在 <result> 和 </result> 之间。

需要翻译的内容：{{query}}`,
    'app',
  ],
  [
    `Be polite to the user and never promise a date.

Write the report in three paragraphs, each about one topic.

Begin with the result, then give the reasons, then the next steps.`,
    'plain',
  ],
]

const WITH_NAMES: readonly (readonly [text: string, syntax: TextSyntax])[] = [
  [
    `You write messages for the shop of [COMPANY NAME]. Greet [CUSTOMER] and say what is in the order.

<!--
${'The team keeps this part for its own notes about the tone of the shop. '.repeat(12)}
-->

Fill in the text of the program: "%s has %d items, and is sent from $SHOP to $HOME".

    print_order(first, second)
    send_order(second)

<order>
The order is {{#1739189441547.order#}} of today.
</order>
Earlier orders: {{#1739189441547.earlier#}}
<rules>
See https://shop.example.com/rules now.
</rules>

- Name each item of the order once.
- Leave out what the customer has sent back.
- Say when the parcel arrives at the door.`,
    'basic',
  ],
  [
    `你是 [公司名称] 的客服，请回复 [CUSTOMER]。

<订单>{{order}}</订单>

<note>订单 {{order_id}} 已发货。</note>
<!-- ${'这里是给团队看的说明，不要改动。'.repeat(50)} -->
变量 $SHOP 与格式 %s 会由程序填入。

- 说明每件商品的名称和数量。
- 说明包裹到达的准确日期。`,
    'app',
  ],
]

const TEXTS: readonly (readonly [text: string, syntax: TextSyntax])[] = [
  ...MADE,
  ...WITH_NAMES,
  ...REAL_TEXTS.filter(({ length }) => length >= 20).map((text) => [text, 'basic'] as const),
]

type Text = (typeof TEXTS)[number]
const fittingTexts = new Map<string, readonly Text[]>()

/** The texts that have something for a rewriting: few have a comment or code that is indented. */
function fitting(rewritings: typeof HOSTILE, name: string): readonly Text[] {
  const known = fittingTexts.get(name)
  const texts =
    known ?? TEXTS.filter(([text]) => rewritings[name]?.(text, randomSource(SEED)) !== undefined)
  fittingTexts.set(name, texts)
  return texts
}

function pick<Item>(from: readonly Item[], random: () => number): Item {
  return from[Math.floor(random() * from.length)] as Item
}
