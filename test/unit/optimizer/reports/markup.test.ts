import { describe, expect, it } from 'vitest'
import { codeBlock, html, inlineCode, visible } from '../../../../src/optimizer/reports/markup.js'
import { HOSTILE } from '../../../support/run-report.js'

describe('html', () => {
  it('escapes texts and numbers, and puts pieces in as they are', () => {
    const piece = html`<b title="${'"<x>\''}">${'a & b'}</b>`
    expect(piece.markup).toBe('<b title="&quot;&lt;x&gt;&#39;">a &amp; b</b>')
    expect(html`<i>${[piece, 1, undefined]}</i>`.markup).toBe(`<i>${piece.markup}1</i>`)
  })

  it('does not take an object for a piece because it looks like one', () => {
    const { markup } = html`${{ markup: '<script>' }}`
    expect(markup).not.toContain('<script>')
  })

  it('shows controls and marks of direction as escapes', () => {
    expect(html`${HOSTILE}`.markup).toMatch(/\\u001b\[31m\\u202e &amp;amp;/)
    expect(visible('a\r\nb\tc\u200b')).toBe('a\nb\tc\\u200b')
  })
})

describe('code of Markdown', () => {
  it('cannot be ended by its text', () => {
    expect(inlineCode('a`b``c')).toBe('```a`b``c```')
    expect(inlineCode('`a`')).toBe('`` `a` ``')
    expect(inlineCode('a|b\nc')).toBe('`a\\|b c`')
    expect(inlineCode('')).toBe('` `')
    expect(codeBlock('a\n````\nb', 'diff')).toBe('`````diff\na\n````\nb\n`````\n')
  })
})
