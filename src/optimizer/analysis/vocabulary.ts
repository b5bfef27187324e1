import type { Language } from './languages.js'

/** What the rules look for in one language. */
export interface Vocabulary {
  /** Verbs that say what is to be done. */
  readonly actions: RegExp
  /** Terms that leave open what is meant. */
  readonly vague: RegExp
  /** Words that connect steps. */
  readonly transitions: RegExp
  /** Words that add nothing. */
  readonly fillers: RegExp
  /** Words that announce an example. */
  readonly examples: RegExp
  /** Words of grammar. */
  readonly stopWords: ReadonlySet<string>
}

/**
 * The words of each language. Latin and Cyrillic words are matched as whole words; languages without blanks between words
 * by their characters, with the compounds that mean something else left out. The lists are short on purpose: a prompt
 * that uses none of the verbs is rare, and each word more is one more way to be wrong.
 */
export const VOCABULARIES: Readonly<Record<Language, Vocabulary>> = {
  en: {
    actions:
      /\b(?:summari[sz]|analy[sz]|extract|generat|writ|creat|list|identif|classif|compar|explain|describ|provid|format|translat|convert|calculat|evaluat|recommend|suggest|answer|respond|reply|return|output|rewrit|review|check|find|select|choose|rank|edit|improv|correct|fix|ask|decid|determin|assess|search|us(?=e|ing)|follow|help|act|mak|giv|tell|think|ensur|includ|break|add|remov|avoid|focus|refer|read|plan|draft|categori[sz]|detect|verif|judg|optimi[sz]|organi[sz]|present|design|build|solv|produc|keep|consider|transform)(?:e|es|ed|ing|s|y|ies|ied)?\b/gi,
    vague:
      /\b(?:some|maybe|possibly|perhaps|somehow|somewhat|kind of|sort of|a bit|stuff|things|etc|so on|whatever)\b/gi,
    transitions:
      /\b(?:first|firstly|second|secondly|then|next|finally|lastly|therefore|however|additionally|furthermore|otherwise|step \d)\b/gi,
    fillers:
      /\b(?:very|really|just|actually|basically|literally|totally|absolutely|definitely|certainly|quite|simply)\b/gi,
    examples: /\b(?:examples?|for instance|e\.g\.|such as)/gi,
    stopWords: words(
      'the a an is are was were be been being have has had do does did will would could should may might must shall can to of in for on with at by from as into through during before after and or but if because while where when how which who this that these those it its',
    ),
  },
  zh: {
    actions:
      /总结|總結|概括|归纳|分析|提取|抽取|生成|撰写|编写|写|寫|创建|創建|制作|列出|列举|识别|識別|分类|分類|比较|对比|解释|解釋|描述|说明|提供|翻译|翻譯|转换|转化|計算|计算|评估|評估|推荐|建议|回答|回复|回覆|答复|输出|輸出|判断|判斷|检查|检测|检索|搜索|查询|修改|优化|润色|整理|返回|使用|确保|遵循|遵守|参考|帮助|帮我|协助|扮演|拆解|拆分|改写|完成|选择|规划|思考|询问|引导|处理|执行|根据|请/g,
    vague: /一些|大概|也许|或许|(?<!尽)可能(?!性|会|的)|差不多|之类|什么的|随便|某种|稍微|有点/g,
    transitions: /首先|第一步|其次|然后|接着|接下来|最后|最终|因此|但是|然而|此外|另外|否则/g,
    fillers: /非常|十分|真的|其实|基本上|绝对|简直|实在/g,
    examples: /例如|比如|示例|举例|样例|例子|如下|范例|例[:：]/g,
    stopWords: words(
      '的 了 是 在 和 与 或 也 就 都 而 及 着 吗 呢 吧 把 被 对 为 以 于 之 其 这 那 你 我 您 并 将',
    ),
  },
  ja: {
    actions:
      /要約|まとめ|分析|抽出|生成|作成|書|列挙|識別|分類|比較|説明|記述|提供|翻訳|変換|計算|評価|推薦|提案|回答|答え|出力|判断|確認|検索|修正|改善|整理|返し|使用|使って|選択|選ん|して(?:ください|下さい)|しなさい|せよ|すること/g,
    vague:
      /なんとなく|適当に|いい感じ|だいたい|たぶん|かもしれ|いくつか|とか|など(?:など|いろいろ)|いろいろ/g,
    transitions: /まず|次に|それから|その後|最後に|したがって|しかし|さらに|また、|そうでなければ/g,
    fillers: /とても|本当に|実は|基本的に|絶対に|非常に/g,
    examples: /例えば|たとえば|例[:：]|出力例|入力例|サンプル|以下のよう/g,
    stopWords: words(
      'の に は を が と で も へ や から まで より た て だ です ます する ある いる こと もの その この れ さ し な',
    ),
  },
  ko: {
    actions:
      /요약|분석|추출|생성|작성|나열|식별|분류|비교|설명|제공|번역|변환|계산|평가|추천|제안|답변|출력|판단|확인|검색|수정|정리|사용|선택|하세요|하십시오|해 ?주세요|하라/g,
    vague: /대충|아마|혹시|뭔가|적당히|좀|약간|이것저것|등등/g,
    transitions: /먼저|다음|그런 다음|그리고 나서|마지막으로|따라서|그러나|또한/g,
    fillers: /매우|정말|사실|기본적으로|절대/g,
    examples: /예를 들어|예시|예[:：]/g,
    stopWords: words('이 그 저 것 수 등 및 또는 그리고 은 는 이 가 을 를 에 의 로 으로 와 과 도'),
  },
  es: {
    actions:
      /(?<!\p{L})(?:resum|analiz|extra|gener|escrib|crea|enumer|identif|clasif|compar|expli|describ|proporcion|traduc|convier|convert|calcul|evalú|evalu|recomiend|recomend|suger|sugier|respond|devuelv|usa|usando|utili[cz]|revis|busc|elij|sele|haz|indic|muestr|corrig|mejor)(?:\p{L}{0,6})(?!\p{L})/giu,
    vague:
      /(?<!\p{L})(?:quizás?|tal vez|algunos?|algunas?|cosas|más o menos|etc|un poco)(?!\p{L})/giu,
    transitions:
      /(?<!\p{L})(?:primero|segundo|luego|después|finalmente|por lo tanto|sin embargo|además)(?!\p{L})/giu,
    fillers:
      /(?<!\p{L})(?:muy|realmente|básicamente|literalmente|totalmente|absolutamente)(?!\p{L})/giu,
    examples: /(?<!\p{L})(?:ejemplos?|p\. ?ej)/giu,
    stopWords: words(
      'el la los las un una de del y o que en a para por con se es son al lo su como',
    ),
  },
  fr: {
    actions:
      /(?<!\p{L})(?:résum|analys|extra|génér|écri|rédig|crée|list|énumér|identifi|class|compar|expliqu|décri|fourni|tradui|converti|calcul|évalu|recommand|suggér|propos|répond|retourn|utilis|vérifi|corrig|choisi|cherch|indiqu|donn|faites|fais)(?:\p{L}{0,6})(?!\p{L})/giu,
    vague:
      /(?<!\p{L})(?:peut-être|quelques|des choses|trucs?|plus ou moins|etc|un peu)(?!\p{L})/giu,
    transitions:
      /(?<!\p{L})(?:d'abord|premièrement|ensuite|puis|enfin|finalement|donc|cependant|de plus)(?!\p{L})/giu,
    fillers:
      /(?<!\p{L})(?:très|vraiment|simplement|littéralement|totalement|absolument)(?!\p{L})/giu,
    examples: /(?<!\p{L})(?:exemples?|p\. ?ex)/giu,
    stopWords: words(
      'le la les un une de des du et ou que qui en à pour par avec se est sont au aux ce cette dans sur',
    ),
  },
  de: {
    actions:
      /(?<!\p{L})(?:fass|analysier|extrahier|generier|schreib|erstell|list|nenn|identifizier|klassifizier|vergleich|erklär|beschreib|gib|geben|übersetz|konvertier|wandl|berechn|bewert|empfehl|empfiehl|schlag|antwort|beantwort|verwend|nutz|prüf|korrigier|verbesser|wähl|such|ordn)(?:\p{L}{0,5})(?!\p{L})/giu,
    vague:
      /(?<!\p{L})(?:vielleicht|irgendwie|irgendwas|etwas|ungefähr|sachen|dinge|usw|bisschen)(?!\p{L})/giu,
    transitions:
      /(?<!\p{L})(?:zuerst|erstens|zweitens|dann|danach|anschließend|schließlich|daher|jedoch|außerdem)(?!\p{L})/giu,
    fillers:
      /(?<!\p{L})(?:sehr|wirklich|eigentlich|einfach|grundsätzlich|absolut|total)(?!\p{L})/giu,
    examples: /(?<!\p{L})(?:beispiele?|z\. ?b\.)/giu,
    stopWords: words(
      'der die das ein eine einen und oder aber ist sind in im zu von mit für auf den dem des als wie bei es sie',
    ),
  },
  pt: {
    actions:
      /(?<!\p{L})(?:resum|analis|extra|gere|gerar|gerando|escrev|crie|criar|list|identif|classifi|compar|expli|descrev|forne|traduz|convert|calcul|avali|recomend|sugir|suger|respond|retorn|use|usar|usando|utiliz|verifi|corrij|escolh|busc|faç|indiqu)(?:\p{L}{0,6})(?!\p{L})/giu,
    vague: /(?<!\p{L})(?:talvez|alguns|algumas|coisas|mais ou menos|etc|um pouco)(?!\p{L})/giu,
    transitions:
      /(?<!\p{L})(?:primeiro|segundo|depois|em seguida|finalmente|por fim|portanto|porém|além disso)(?!\p{L})/giu,
    fillers:
      /(?<!\p{L})(?:muito|realmente|basicamente|literalmente|totalmente|absolutamente)(?!\p{L})/giu,
    examples: /(?<!\p{L})(?:exemplos?|p\. ?ex)/giu,
    stopWords: words(
      'o a os as um uma de do da dos das e ou que em no na para por com se é são ao seu como',
    ),
  },
  ru: {
    actions:
      /(?<!\p{L})(?:резюмир|кратко изложи|проанализир|анализир|извлек|сгенерир|напиши|созда|перечисл|определи|классифицир|сравни|объясни|опиши|предостав|перевед|преобразу|вычисли|рассчита|оцени|рекоменду|предложи|ответь|отвеча|верни|использу|провер|исправ|выбер|найди|сделай)(?:\p{L}{0,6})(?!\p{L})/giu,
    vague:
      /(?<!\p{L})(?:может быть|возможно|как-то|что-нибудь|примерно|немного|и т\. ?д)(?!\p{L})/giu,
    transitions:
      /(?<!\p{L})(?:сначала|во-первых|затем|потом|далее|наконец|поэтому|однако|кроме того)(?!\p{L})/giu,
    fillers: /(?<!\p{L})(?:очень|действительно|просто|буквально|абсолютно|в общем)(?!\p{L})/giu,
    examples: /(?<!\p{L})(?:пример|например)/giu,
    stopWords: words('и в на с по к у о из за для не что как это от до или но а же так его ее их'),
  },
}

/** How often each kind of word occurs in a text, in any of the given languages. */
export function occurrences(
  text: string,
  languages: readonly Language[],
  kind: Exclude<keyof Vocabulary, 'stopWords'>,
): readonly string[] {
  return languages.flatMap((language) => text.match(VOCABULARIES[language][kind]) ?? [])
}

function words(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}
