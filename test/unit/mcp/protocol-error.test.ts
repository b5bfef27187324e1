import { describe, expect, it } from 'vitest'
import { StorageError, type StorageErrorCode } from '../../../src/base/errors.js'
import { wrongArgument } from '../../../src/base/misuse.js'
import { answering, RESOURCE_NOT_FOUND } from '../../../src/mcp/protocol-error.js'

const failing = (code: StorageErrorCode) => async (): Promise<never> =>
  await Promise.reject(new StorageError(code, 'It failed', { context: { path: 'p' } }))

describe('the error of a request', () => {
  it('has the number of the protocol, and the code and context of the library', async () => {
    await expect(answering(failing('OPT-VER-002'), RESOURCE_NOT_FOUND)).rejects.toMatchObject({
      code: -32_002,
      data: { code: 'OPT-VER-002', context: { path: 'p' } },
    })
    await expect(answering(failing('FS-IO-001'))).rejects.toMatchObject({ code: -32_603 })
    const wrong = async (): Promise<never> => await Promise.reject(wrongArgument('Not so'))
    await expect(answering(wrong)).rejects.toMatchObject({ code: -32_602 })
  })

  it('is passed on as it is where it is a defect', async () => {
    const defect = new TypeError('x is undefined')
    await expect(answering(async () => await Promise.reject(defect))).rejects.toBe(defect)
  })
})
