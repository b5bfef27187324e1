import { describe, expect, it } from 'vitest'
import { holdfast, holdfastJson } from '../here.js'

describe('holdfast completion', () => {
  it.each([
    ['bash', 'complete -F _holdfast holdfast'],
    ['zsh', '#compdef holdfast'],
    ['fish', 'complete -c holdfast'],
  ])('prints the script of %s', async (shell, part) => {
    const { code, stdout, stderr } = await holdfast(['completion', shell])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toContain(part)
    const { document } = await holdfastJson(['completion', shell])
    expect(document).toEqual({ shell, script: stdout })
  })

  it('ends with 2 for another shell, and names those that there are', async () => {
    const { code, stderr } = await holdfast(['completion', 'csh'])
    expect(code).toBe(2)
    expect(stderr).toContain('bash, zsh, fish')
  })
})
