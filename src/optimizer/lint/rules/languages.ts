import type { CarriedText } from '../../../dify/workflow/dify-file.js'
import type { Fault } from '../finding.js'
import type { LintContext } from '../lint-context.js'

/**
 * Demands for answers in different languages in the messages of one node. Demands that hang on a condition are left out,
 * and so are texts about translation, whose languages are their subject.
 */
export function contradictingLanguages({ textsOf, graph }: LintContext): readonly Fault[] {
  return [...textsOf]
    .filter(([id]) => graph.isReached(id))
    .flatMap(([, texts]) => {
      const prompts = texts.filter(
        ({ carrier, optional, role }) =>
          isInstruction(carrier) && !optional && role !== 'assistant',
      )
      if (prompts.some(({ text }) => TRANSLATION.test(text))) return []
      const demands = prompts.flatMap(demandsIn)
      const [first] = demands
      const other = demands.find(({ language }) => language !== first?.language)
      if (first === undefined || other === undefined) return []
      return [
        {
          message: `"${other.written}" contradicts "${first.written}" in the same node`,
          remedy: 'Demand one language, or say when to use which',
          pointer: other.text.pointer,
          node: other.text.node,
          within: { text: other.written, occurrence: 0 },
        },
      ]
    })
}

interface Demand {
  readonly language: string
  readonly written: string
  readonly text: CarriedText
}

const TRANSLATION =
  /translat|翻译|翻譯|翻訳|译成|譯成|번역|traduc|traduz|tradui|übersetz|перевод|перевед/i
const CONDITION =
  /\b(?:if|when|unless|otherwise|depending|either|or)\b|如果|若|当|否则|或|場合|とき|なら|만약|경우/i
const ENGLISH =
  /\b(?:answer|respond|reply|write|output|speak)\b(?: [a-z]{1,12}){0,4} in (english|chinese|simplified chinese|traditional chinese|japanese|korean|french|german|spanish|portuguese|russian)\b/gi
const CHINESE =
  /(?:用|使用|以)(简体中文|繁體中文|繁体中文|中文|汉语|英文|英语|日文|日语|韩文|韩语|法语|德语|西班牙语|俄语)(?:来|进行)?(?:回答|回复|回覆|输出|作答|答复|交流|写作|撰写)/g
const JAPANESE = /(日本語|英語|中国語|韓国語)で(?:回答|答え|出力|返答|返信|書い)/g

/** One name for each language, whatever it is written in. */
const LANGUAGE_OF: Readonly<Record<string, string>> = {
  english: 'en',
  英文: 'en',
  英语: 'en',
  英語: 'en',
  chinese: 'zh',
  'simplified chinese': 'zh',
  'traditional chinese': 'zh',
  简体中文: 'zh',
  繁體中文: 'zh',
  繁体中文: 'zh',
  中文: 'zh',
  汉语: 'zh',
  中国語: 'zh',
  japanese: 'ja',
  日文: 'ja',
  日语: 'ja',
  日本語: 'ja',
  korean: 'ko',
  韩文: 'ko',
  韩语: 'ko',
  韓国語: 'ko',
}

function demandsIn(text: CarriedText): readonly Demand[] {
  return text.text
    .split(/[\n。！!.;；]/)
    .filter((sentence) => !CONDITION.test(sentence))
    .flatMap((sentence) =>
      [ENGLISH, CHINESE, JAPANESE].flatMap((pattern) =>
        Array.from(sentence.matchAll(pattern), ([written, name = '']) => {
          const key = name.toLowerCase()
          return { language: LANGUAGE_OF[key] ?? key, written, text }
        }),
      ),
    )
}

function isInstruction(carrier: CarriedText['carrier']): boolean {
  return /^(?:llm|agent2?|app|extractor|classifier)\.(?!param|class|opening|suggested)/.test(
    carrier,
  )
}
