import { describe, expect, it } from 'vitest'
import { splitForm, suffixOf, VERSION_FORMS } from '../../../src/document/version-form.js'

describe('the form of a version', () => {
  it('is what follows the name of the plain file', () => {
    for (const form of VERSION_FORMS)
      expect(splitForm(`1.0.0.json${suffixOf(form)}`)).toEqual({ form, plain: '1.0.0.json' })
    expect(VERSION_FORMS[0]).toBe('plain')
  })

  it('is plain for every other name', () => {
    for (const name of ['1.0.0.json.bz2', 'gz', '1.0.0.json.gz.part', ''])
      expect(splitForm(name)).toEqual({ form: 'plain', plain: name })
  })
})
