import { describe, expect, it } from 'vitest'
import { encodePromptFile, parsePromptFile } from '../../../src/document/prompt-file.js'

describe('the id in a file of a prompt', () => {
  it('is nothing for a file that is not JSON, or has no id', () => {
    expect(parsePromptFile(encodePromptFile('Ünï/cöde'))).toBe('Ünï/cöde')
    for (const text of ['', 'null', '"p"', '{}', '{"prompt_id": 1}', '{"prompt_id": "\\ud800"}'])
      expect(parsePromptFile(Buffer.from(text))).toBeUndefined()
    expect(parsePromptFile(Buffer.from([0x22, 0xff, 0x22]))).toBeUndefined()
  })
})
