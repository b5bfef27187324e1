// Decoders of names and numbers. An input is the text's UTF-8.
import {
  encodePromptId,
  decodePromptName,
  isHashedName,
} from '../../../../dist/document/prompt-id.js'
import { parseSegmentName, segmentPath } from '../../../../dist/format/layout.js'
import { parseTrashName } from '../../../../dist/document/store-names.js'
import { isTimestamp, parseTimestamp } from '../../../../dist/document/timestamp.js'
import {
  compareVersions,
  isVersion,
  nextVersion,
  parseVersionFileName,
  versionFileName,
} from '../../../../dist/document/version-number.js'
import { mutate } from '../mutate.mjs'
import { mustEqual, unless } from '../properties.mjs'

const FOLDS = [{ foldCase: false }, { foldCase: true }]
const IDS = ['greeting', 'HelloWorld', 'SEO Slug_1', '全书翻译', 'é', '../x', '.hidden', 'con', 'COM1.txt', 'x'.repeat(300)] // prettier-ignore
const GRAMMARS = [{}, { allowPrerelease: true }]

export const promptId = {
  seeds: () => {
    const names = FOLDS.flatMap((fold) => IDS.map((id) => encodePromptId(id, fold)))
    return [...IDS, ...names].map((text) => Buffer.from(text))
  },
  mutate,
  check(bytes) {
    const text = bytes.toString()
    let accepted = false
    for (const fold of FOLDS) {
      const id = decodePromptName(text, fold)
      if (id !== undefined) {
        accepted = true
        mustEqual(encodePromptId(id, fold), fold.foldCase ? text.normalize('NFC') : text)
      }
      const name = unless(TypeError, () => encodePromptId(text, fold))
      if (name === undefined) continue
      if (!isHashedName(name)) mustEqual(decodePromptName(name, fold), text)
      if (fold.foldCase) mustEqual(name.toLowerCase(), name)
      mustEqual(/[/\\\0:*?"<>|]|^\.|\.$/.test(name) || Buffer.byteLength(name) > 200, false)
    }
    return accepted
  },
}

export const version = {
  seeds: () =>
    ['1.0.0', '9007199254740991.0.1', '1.0.0-Beta.1', '1.0.0-%42eta.1.json', '10.20.30.json'].map(
      (text) => Buffer.from(text),
    ),
  mutate,
  check(bytes) {
    const text = bytes.toString()
    let accepted = false
    for (const grammar of GRAMMARS) {
      for (const { foldCase } of FOLDS) {
        const found = parseVersionFileName(text, { ...grammar, foldCase })
        if (found === undefined) continue
        accepted = true
        mustEqual(isVersion(found, grammar), true)
        mustEqual(versionFileName(found, { foldCase }), text)
      }
      if (!isVersion(text, grammar)) continue
      accepted = true
      const next = unless(RangeError, () => nextVersion(text, 'patch'))
      if (next !== undefined) mustEqual(compareVersions(text, next) < 0, true)
    }
    return accepted
  },
}

export const name = {
  seeds: () =>
    [
      '000000000001.log',
      '1.0.0.2026-11-21T072612.260Z-8a4cfa7d.json',
      '2026-11-21T07:26:12.260+08:00',
    ].map((text) => Buffer.from(text)),
  mutate,
  check(bytes) {
    const text = bytes.toString()
    const sequence = parseSegmentName(text)
    if (sequence !== undefined) mustEqual(segmentPath(sequence), `.journal/${text}`)
    const trashed = parseTrashName(text)
    if (trashed !== undefined)
      mustEqual(text.startsWith(`${trashed.version}.${trashed.at.replaceAll(':', '')}-`), true)
    const time = unless(TypeError, () => parseTimestamp(text))
    if (time !== undefined) {
      mustEqual(isTimestamp(time), true)
      mustEqual(parseTimestamp(time), time)
    }
    return sequence !== undefined || trashed !== undefined || time !== undefined
  },
}
