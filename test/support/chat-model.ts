import type { ChatAnswer, ChatModel, ChatRequest } from '../../src/optimizer/llm/chat-model.js'

/** A model in this process that answers by a rule, and keeps what it was asked. Real endpoints are in test/beds. */
export function answeringModel(
  answer: (request: ChatRequest, asked: number) => string | Promise<string>,
): ChatModel & { readonly requests: ChatRequest[] } {
  const requests: ChatRequest[] = []
  return {
    name: 'answering',
    requests,
    complete: async (request): Promise<ChatAnswer> => {
      requests.push(request)
      const text = await answer(request, requests.length)
      const usage = { prompt_tokens: 10, completion_tokens: 5 }
      return { text, finish_reason: 'stop', usage, model: 'answering-1' }
    },
  }
}
