import { z } from 'zod'
import { describe, expect, it } from 'vitest'
import { writeFile } from 'node:fs/promises'
import { wrongArgument } from '../../../src/base/misuse.js'
import { promptVersionSchema } from '../../../src/versions/prompts/prompt-version.js'
import { acceptVersion, checkSchema } from '../../../src/versions/accept-version.js'
import { sampleVersion } from '../../../src/versions/conformance/subject.js'
import type { StandardSchema } from '../../../src/versions/version-storage.js'
import { FileSystemStorage } from '../../../src/versions/file-system/file-system-storage.js'
import { MemoryStorage } from '../../../src/versions/memory-storage.js'
import { tempDirectory } from '../../support/temp.js'

interface Note {
  readonly prompt_id: string
  readonly version: string
  readonly text: string
}

const note = { prompt_id: 'p', version: '1.0.0', text: 'x' }

/** A schema that no library made. */
function schemaOf<Output>(
  validate: StandardSchema<Output>['~standard']['validate'],
): StandardSchema<Output> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

describe('acceptVersion', () => {
  it('gives a frozen copy of what fits', async () => {
    const given = sampleVersion('p', '1.0.0')
    const accepted = await acceptVersion(given, { schema: promptVersionSchema })
    expect(accepted).toEqual(given)
    expect(accepted).not.toBe(given)
    expect(Object.isFrozen(accepted.prompt.variables)).toBe(true)
  })

  it('names the field that does not fit, what was expected, what came, and how many more there are', async () => {
    const { prompt } = sampleVersion('p', '1.0.0')
    const given = { ...sampleVersion('p', '1.0.0'), prompt: { ...prompt, text: 5, role: 6 } }
    const error = Object.assign(
      wrongArgument(
        'Field "prompt.text" does not fit the schema: Invalid input: expected string, received number, got a number; Field "prompt.role" does not fit the schema: Invalid input: expected string, received number, got a number. The schema of this store is that of PromptVersion, which takes what else there is in "prompt.context" and "metadata"; for other documents give the option "schema"',
      ),
      { field: 'prompt.text' },
    )
    const accepting = acceptVersion(given as never, { schema: promptVersionSchema })
    await expect(accepting).rejects.toThrow(error)
  })

  it('keeps what the schema makes of a document', async () => {
    const schema = z.object({ prompt_id: z.string(), version: z.string(), text: z.string().trim() })
    expect(await acceptVersion<Note>({ ...note, text: ' x ' }, { schema })).toEqual(note)
  })

  it('waits for a schema that takes its time, with the document as it was at the call', async () => {
    const schema = schemaOf<Note>(async (value) => {
      await new Promise((resolve) => setImmediate(resolve))
      return { value: value as Note }
    })
    const given = { ...note }
    const accepting = acceptVersion<Note>(given, { schema })
    given.text = 'changed'
    expect((await accepting).text).toBe('x')
  })

  it('takes places in the form of objects, and failures without a place', async () => {
    const placed = schemaOf<Note>(() => ({
      issues: [{ message: 'wrong', path: [{ key: 'text' }] }],
    }))
    await expect(acceptVersion<Note>(note, { schema: placed })).rejects.toThrow(
      'Field "text" does not fit the schema: wrong, got text',
    )
    const bare = schemaOf<Note>(() => ({ issues: [{ message: 'all wrong' }] }))
    await expect(acceptVersion<Note>(note, { schema: bare })).rejects.toThrow(
      'The document does not fit the schema: all wrong',
    )
  })

  it('lets no schema rename a document or give it a checksum', async () => {
    const renaming = schemaOf<Note>((value) => ({
      value: { ...(value as Note), version: '2.0.0' },
    }))
    await expect(acceptVersion<Note>(note, { schema: renaming })).rejects.toThrow(
      /must leave the fields/,
    )
    const any = schemaOf<Note>((value) => ({ value: value as Note }))
    await expect(
      acceptVersion<Note>({ ...note, checksum: 'x' } as Note, { schema: any }),
    ).rejects.toThrow(/"checksum" must be absent/)
  })

  it('keeps its own copy where a schema returns it, and copies anything else', async () => {
    let shown: unknown
    const same = schemaOf<Note>((value) => ({ value: (shown = value) as Note }))
    expect(await acceptVersion<Note>(note, { schema: same })).toBe(shown)
    expect(shown).not.toBe(note)
    expect(Object.isFrozen(shown)).toBe(true)
    const made = { ...note, more: [1] }
    const other = schemaOf<Note>(() => ({ value: made }))
    const kept = await acceptVersion<Note>(note, { schema: other })
    expect(kept).toEqual(made)
    expect(kept).not.toBe(made)
    expect(Object.isFrozen(Reflect.get(kept, 'more'))).toBe(true)
  })

  it('takes pre-releases where they are allowed', async () => {
    const given = sampleVersion('p', '1.0.0-beta')
    await expect(acceptVersion(given, { schema: promptVersionSchema })).rejects.toThrow(
      /version\.version/,
    )
    expect(
      (await acceptVersion(given, { schema: promptVersionSchema, allowPrerelease: true })).version,
    ).toBe('1.0.0-beta')
  })
})

describe('checkSchema', () => {
  it('takes what has the form of a Standard Schema and refuses the rest', () => {
    checkSchema(promptVersionSchema)
    checkSchema(schemaOf(() => ({ value: 1 })))
    for (const other of [null, 5, {}, { '~standard': {} }, () => {}])
      expect(() => checkSchema(other)).toThrow(TypeError)
  })
})

let seconds = 0
const schema = z.strictObject({
  prompt_id: z.string(),
  version: z.string(),
  created_at: z.string().default(() => new Date(++seconds * 1000).toISOString()),
  body: z.string(),
})

it.each([
  ['in memory', async () => new MemoryStorage({ schema })],
  [
    'in a directory',
    async () => await FileSystemStorage.open({ storageDir: await tempDirectory(), schema }),
  ],
])(
  'the time that a schema fills in tells no difference, one that is given does, %s',
  async (_, open) => {
    await using storage = await open()
    const given = { prompt_id: 'p', version: '1.0.0', body: 'hello' } as z.output<typeof schema>
    await storage.saveVersion(given)
    await storage.saveVersion(given, { ifSame: 'accept' })
    const dated = { ...given, created_at: '2001-01-01T00:00:00.000Z' }
    const conflict = { code: 'OPT-VER-001', sameContent: false }
    await expect(storage.saveVersion(dated, { ifSame: 'accept' })).rejects.toMatchObject(conflict)
    const other = { ...given, body: 'other' }
    await expect(storage.saveVersion(other, { ifSame: 'accept' })).rejects.toMatchObject(conflict)
  },
)

it('what is stored and cannot be read is not known to be the same', async () => {
  await using storage = await FileSystemStorage.open({ storageDir: await tempDirectory() })
  const version = sampleVersion('p', '1.0.0')
  await storage.saveVersion(version)
  await writeFile(storage.pathOf('p', '1.0.0'), '{"cut":')
  await expect(storage.saveVersion(version, { ifSame: 'accept' })).rejects.toMatchObject({
    code: 'OPT-VER-001',
    sameContent: false,
  })
})
