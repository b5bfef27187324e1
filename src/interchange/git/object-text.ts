import { TextDecoder } from 'node:util'

/** A commit or an annotated tag, as git keeps it. */
export interface ObjectText {
  /** By name: `author`, `committer`, `tagger`, `object`; the first of each. */
  readonly fields: ReadonlyMap<string, string>
  readonly message: string
}

/** Who did something, and when. */
export interface Ident {
  readonly name: string
  readonly email: string
  /** Seconds since 1970. */
  readonly seconds: number
  /** `+0200`. */
  readonly zone: string
}

/** Reads a commit or a tag: fields, an empty line, and the message. Text that is not UTF-8 is read as it says. */
export function parseObject(bytes: Buffer): ObjectText {
  const end = bytes.indexOf('\n\n')
  const head = end < 0 ? bytes : bytes.subarray(0, end)
  const fields = new Map<string, string>()
  const decoder = decoderOf(/^encoding (.+)$/m.exec(head.toString('latin1'))?.[1])
  for (const line of decoder.decode(head).split('\n')) {
    const blank = line.indexOf(' ')
    // A line that begins with a blank continues a signature.
    if (blank > 0 && !fields.has(line.slice(0, blank)))
      fields.set(line.slice(0, blank), line.slice(blank + 1))
  }
  return { fields, message: end < 0 ? '' : decoder.decode(bytes.subarray(end + 2)) }
}

function decoderOf(encoding: string | undefined): TextDecoder {
  try {
    return new TextDecoder(encoding ?? 'utf-8', { ignoreBOM: true })
  } catch {
    // An encoding that the platform does not know: the letters of ASCII are read all the same.
    return new TextDecoder('utf-8', { ignoreBOM: true })
  }
}

/** `Ada <ada@example.com> 1700000000 +0200`; undefined for any other text. */
export function parseIdent(text: string | undefined): Ident | undefined {
  const open = text?.indexOf(' <') ?? -1
  const close = text?.lastIndexOf('> ') ?? -1
  if (text === undefined || close < open || open < 0) return parseNameless(text)
  const [, seconds, zone] = /^(-?\d{1,15}) ([+-]\d{4,})$/.exec(text.slice(close + 2)) ?? []
  if (seconds === undefined || zone === undefined) return undefined
  return {
    name: text.slice(0, open).trim(),
    email: text.slice(open + 2, close),
    seconds: Number(seconds),
    zone,
  }
}

/** `<ada@example.com> 1700000000 +0000`. */
function parseNameless(text: string | undefined): Ident | undefined {
  return text?.startsWith('<') === true ? parseIdent(` ${text}`) : undefined
}

/** The time of an ident as documents have it; undefined for one that no document can hold. */
export function timeOf({ seconds }: Ident): string | undefined {
  const date = new Date(seconds * 1000)
  const isKept = seconds >= YEAR_0 && seconds < YEAR_10000
  return isKept ? date.toISOString() : undefined
}

const YEAR_0 = -62_167_219_200
const YEAR_10000 = 253_402_300_800
