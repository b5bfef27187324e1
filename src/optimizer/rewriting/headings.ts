import type { Language } from '../analysis/languages.js'

/** Words that rules add, in the language of the text. */
interface Headings {
  readonly task: string
  readonly instructions: string
  readonly details: string
  readonly output: string
  readonly outputText: string
}

export const HEADINGS: Readonly<Record<Language, Headings>> = {
  en: {
    task: 'Task',
    instructions: 'Instructions',
    details: 'Details',
    output: 'Expected Output',
    outputText: 'Provide a clear and structured response.',
  },
  zh: {
    task: '任务',
    instructions: '说明',
    details: '详细要求',
    output: '输出要求',
    outputText: '请给出清晰、有条理的回答。',
  },
  ja: {
    task: 'タスク',
    instructions: '指示',
    details: '詳細',
    output: '期待される出力',
    outputText: '明確で構造化された回答を提供してください。',
  },
  ko: {
    task: '작업',
    instructions: '지침',
    details: '세부 사항',
    output: '예상 출력',
    outputText: '명확하고 구조화된 답변을 제공하세요.',
  },
  es: {
    task: 'Tarea',
    instructions: 'Instrucciones',
    details: 'Detalles',
    output: 'Resultado esperado',
    outputText: 'Proporciona una respuesta clara y estructurada.',
  },
  fr: {
    task: 'Tâche',
    instructions: 'Instructions',
    details: 'Détails',
    output: 'Résultat attendu',
    outputText: 'Fournissez une réponse claire et structurée.',
  },
  de: {
    task: 'Aufgabe',
    instructions: 'Anweisungen',
    details: 'Einzelheiten',
    output: 'Erwartete Ausgabe',
    outputText: 'Gib eine klare und strukturierte Antwort.',
  },
  pt: {
    task: 'Tarefa',
    instructions: 'Instruções',
    details: 'Detalhes',
    output: 'Resultado esperado',
    outputText: 'Forneça uma resposta clara e estruturada.',
  },
  ru: {
    task: 'Задача',
    instructions: 'Инструкции',
    details: 'Подробности',
    output: 'Ожидаемый результат',
    outputText: 'Дайте ясный и структурированный ответ.',
  },
}

/** Whether a text already says what the answer is to look like, in any of the languages. */
export const SAYS_OUTPUT: RegExp =
  /\b(?:output|format|respond|reply|json|answer with|salida|responde|sortie|réponds|répondez|ausgabe|antworte|saída|responda)\b|输出|格式|回答|返回|出力|回答して|출력|형식|вывод|ответ/iu
