import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import {
  HoldfastError,
  isHoldfastError,
  isConflict,
  isDamage,
  isStorageError,
  StorageError,
  VersionConflictError,
} from '../../../src/base/errors.js'
import { wrongArgument } from '../../../src/base/misuse.js'
import { DifyError } from '../../../src/dify/service/dify-error.js'
import { CliError, Interruption } from '../../../src/cli/errors.js'
import { OptimizerError } from '../../../src/index.js'
import { InterchangeError } from '../../../src/interchange/interchange-error.js'
import { ExperimentError } from '../../../src/optimizer/experiment-error.js'
import { WorkflowError } from '../../../src/optimizer/workflow-error.js'

describe('an error', () => {
  it('is told in JSON by its name, code, message and context, without its stack and cause', () => {
    const cause = new Error('EACCES')
    const error = new StorageError('FS-PERM-001', 'Cannot write', { context: { path: 'a' }, cause })
    const told = { name: 'StorageError', code: 'FS-PERM-001', message: 'Cannot write' }
    expect(error.toJSON()).toEqual({ ...told, context: { path: 'a' } })
    expect(JSON.parse(JSON.stringify({ error }))).toEqual({ error: error.toJSON() })
    expect(error.cause).toBe(cause)
    expect(
      new WorkflowError('OPT-EXT-003', 'is not YAML', { context: { line: 3 } }).toJSON(),
    ).toEqual({
      name: 'WorkflowError',
      code: 'OPT-EXT-003',
      message: 'is not YAML',
      context: { line: 3 },
    })
  })

  it('of a version that exists is a StorageError of its own name', () => {
    const error = new VersionConflictError('p', '1.0.0', { sameContent: true })
    expect(error).toBeInstanceOf(StorageError)
    expect(error.toJSON()).toMatchObject({ name: 'VersionConflictError', code: 'OPT-VER-001' })
    expect(error.context).toMatchObject({ prompt_id: 'p', version: '1.0.0', same_content: true })
    expect(isStorageError(error, 'OPT-VER-001')).toBe(true)
    expect(isStorageError(error, 'FS-IO-001')).toBe(false)
    expect(isConflict(error)).toBe(false)
  })

  it('of a condition that did not hold is known by its code', () => {
    expect(isConflict(new StorageError('FS-CONFLICT-001', 'is taken'))).toBe(true)
    expect(isConflict(new StorageError('FS-IO-001', 'is taken'))).toBe(false)
    expect(isConflict({ code: 'FS-CONFLICT-001' })).toBe(false)
  })

  it('is a HoldfastError, whatever its class, and its stack begins with its own name', () => {
    const errors = [
      new StorageError('FS-IO-001', 'x'),
      new VersionConflictError('p', '1.0.0'),
      new WorkflowError('OPT-EXT-003', 'x'),
      new ExperimentError('OPT-DATA-001', 'x'),
      new DifyError('OPT-DIFY-001', 'x'),
      new InterchangeError('OPT-FORMAT-001', 'x'),
      new CliError('CLI-USAGE-001', 'x'),
      new Interruption('SIGTERM', 143),
    ]
    const names = [
      'StorageError',
      'VersionConflictError',
      'WorkflowError',
      'ExperimentError',
      'DifyError',
      'InterchangeError',
      'CliError',
    ]
    expect(errors.map(({ name }) => name)).toEqual([...names, 'Interruption'])
    for (const error of errors) {
      expect(error).toBeInstanceOf(HoldfastError)
      expect(isHoldfastError(error)).toBe(true)
      expect(error.stack).toMatch(new RegExp(`^${error.name}: `))
      expect(Object.keys(error)).toEqual(expect.arrayContaining(['code', 'context']))
      expect(error.toJSON()).toMatchObject({ name: error.name, code: error.code })
    }
    expect(OptimizerError).toBe(HoldfastError)
    expect(new HoldfastError('X', 'x').name).toBe('HoldfastError')
  })

  it('is told from misuse, and from errors of others', () => {
    for (const other of [wrongArgument('x'), new Error('x'), { code: 'FS-IO-001', context: {} }, 5])
      expect(isHoldfastError(other)).toBe(false)
    expect(isStorageError(new WorkflowError('OPT-EXT-003', 'x'))).toBe(false)
    expect(isStorageError(new HoldfastError('FS-OTHER-001', 'x'))).toBe(false)
  })

  it('is known by its mark or its form when another realm has made it', () => {
    const foreign = (form: string): unknown =>
      runInNewContext(`Object.assign(new Error('x'), ${form})`) as unknown
    expect(isHoldfastError(foreign(`{ [Symbol.for('holdfast.HoldfastError')]: true }`))).toBe(true)
    expect(isHoldfastError(foreign(`{ code: 'FS-IO-001', context: {} }`))).toBe(true)
    expect(isHoldfastError(foreign(`{ code: 'EIO' }`))).toBe(false)
  })
})

describe('each class of errors', () => {
  /** What never rejects a call: it stays inside, or is in the `cause` of an error that does. */
  const INSIDE = [
    'DiskError',
    'FormatError',
    'LangfuseRefusal',
    'MarkMoved',
    'ObjectFailure',
    'SchemaRefusal',
    'YamlError',
  ]
  /** Kinds of these. */
  const BASES = ['HoldfastError', 'StorageError', ...INSIDE]

  it('is a HoldfastError, or a cause of one', () => {
    const root = join(import.meta.dirname, '../../../src')
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    const classes = files
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [
        ...readFileSync(join(root, name), 'utf8').matchAll(
          /class (\w+)(?:<[^{]*?>)? extends ((?:\w*Error|\w*Failure|DOMException)\b)/g,
        ),
      ])
      .map(([, name = '', base = '']) => ({ name, base }))
    const strays = classes.filter(({ base }) => !BASES.includes(base)).map(({ name }) => name)
    expect(strays.toSorted()).toEqual(['HoldfastError', ...INSIDE].toSorted())
    expect(classes.length).toBeGreaterThan(strays.length + 4)
  })

  it('of what is stored in a file is told from one of how it was read', () => {
    for (const code of ['FS-LOAD-001', 'FS-LOAD-002', 'FS-CRYPT-001', 'FS-CODEC-001'] as const)
      expect(isDamage(new StorageError(code, 'is damaged'))).toBe(true)
    expect(isDamage(new StorageError('FS-IO-001', 'cannot be read'))).toBe(false)
    expect(isDamage(new Error('FS-LOAD-001'))).toBe(false)
  })
})
