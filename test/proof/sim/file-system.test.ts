import { describe, expect, it } from 'vitest'
import { DurableView } from './durable.js'
import { hashImage, imageOf } from './image.js'
import { EMPTY_IMAGE, Kernel, ROOT_NODE, type Image } from './kernel.js'
import { PRESETS, type Preset } from './presets.js'
import { Random } from './random.js'
import { readWhole, SECTOR_BYTES, type Node } from './sectors.js'
import { subsets } from './subsets.js'

const [POSIX, EXT4] = PRESETS as readonly [Preset, Preset]
const BTRFS = PRESETS.find(({ name }) => name === 'btrfs') as Preset
const STALE = PRESETS.find(({ stale }) => stale) as Preset
const TWO_SECTORS = 2 * SECTOR_BYTES

describe('a simulated machine', () => {
  it('shows every process at once what one of them has written', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.write(file, text('hello'), 0)
    kernel.write(file, text('J'), 0)
    expect(contentOf({ nodes: kernel.nodes, page: kernel.pageNow() }, 'file')).toBe('Jello')
  })

  it('refuses what a real one refuses', () => {
    const kernel = machine()
    kernel.makeDirectory('directory')
    kernel.createFile('directory/file')
    expect(() => kernel.createFile('directory/file')).toThrow('EEXIST')
    expect(() => kernel.link('directory/file', 'directory/file')).toThrow('EEXIST')
    expect(() => kernel.removeDirectory('directory')).toThrow('ENOTEMPTY')
    expect(() => kernel.unlink('directory')).toThrow('EISDIR')
    expect(() => kernel.unlink('absent')).toThrow('ENOENT')
    expect(() => kernel.get('directory/file/below')).toThrow('ENOTDIR')
  })
})

describe('a loss of power', () => {
  it('may take everything that was not flushed, and any part of it', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.write(file, filled('a', TWO_SECTORS), 0)
    const left = outcomes(kernel, POSIX)
    expect(left).toContain('file: nothing')
    expect(left).toContain('file: ')
    expect(left).toContain(`file: ${'a'.repeat(TWO_SECTORS)}`)
    // Torn: the size is there, and one sector of the two.
    expect(left).toContain(`file: ${'a'.repeat(SECTOR_BYTES)}${'\0'.repeat(SECTOR_BYTES)}`)
    expect(left).toContain(`file: ${'\0'.repeat(SECTOR_BYTES)}${'a'.repeat(SECTOR_BYTES)}`)
  })

  it('takes nothing of a file that was flushed with its directory', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.write(file, text('kept'), 0)
    kernel.flush(file)
    kernel.flush(ROOT_NODE)
    expect(outcomes(kernel, POSIX)).toEqual(['file: kept'])
  })

  it('may take the name of a file whose bytes were flushed, where the preset says so', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.write(file, text('kept'), 0)
    kernel.flush(file)
    expect(outcomes(kernel, POSIX)).toEqual(['file: kept', 'file: nothing'])
    expect(outcomes(kernel, EXT4)).toEqual(['file: kept'])
    expect(outcomes(kernel, BTRFS)).toEqual(['file: kept'])
  })

  it('leaves in an overwritten file each sector as it was or as it is', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.write(file, filled('a', TWO_SECTORS), 0)
    kernel.flush(file)
    kernel.flush(ROOT_NODE)
    kernel.write(file, filled('b', TWO_SECTORS), 0)
    const parts = ['aa', 'ab', 'ba', 'bb'].map(
      (pair) =>
        `file: ${pair
          .split('')
          .map((letter) => letter.repeat(SECTOR_BYTES))
          .join('')}`,
    )
    expect(outcomes(kernel, POSIX)).toEqual(parts)
    // A copy-on-write file system writes whole blocks elsewhere.
    expect(outcomes(kernel, BTRFS)).toEqual([parts[0], parts[3]])
  })

  it('shows below a durable size what was in the blocks before, or nothing, as the preset says', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.flush(ROOT_NODE)
    kernel.write(file, text('new'), 0)
    expect(outcomes(kernel, STALE)).toContain('file: ZZZ')
    expect(outcomes(kernel, POSIX)).toContain('file: \0\0\0')
    expect(outcomes(kernel, EXT4)).toEqual(['file: ', 'file: new'])
  })

  it('keeps names in the order of their making, where the preset says so', () => {
    const kernel = machine()
    for (const name of ['a', 'b', 'c']) kernel.createFile(name)
    expect(outcomes(kernel, EXT4, names)).toEqual(['', 'a', 'a b', 'a b c'])
    expect(outcomes(kernel, POSIX, names)).toEqual(
      ['', 'a', 'a b', 'a b c', 'a c', 'b', 'b c', 'c'].sort(),
    )
  })

  it('never loses a file that is being renamed, and never shows half a rename in a journal', () => {
    const kernel = machine()
    const file = kernel.createFile('old')
    kernel.makeDirectory('directory')
    kernel.flush(file)
    kernel.flush(ROOT_NODE)
    kernel.rename('old', 'directory/new')
    expect(outcomes(kernel, EXT4, names)).toEqual(['directory directory/new', 'directory old'])
    expect(outcomes(kernel, POSIX, names)).toEqual([
      'directory directory/new',
      'directory directory/new old',
      'directory old',
    ])
  })

  it('may take a new name and the old one, where they are a link and an unlink', () => {
    const kernel = machine()
    const file = kernel.createFile('old')
    kernel.makeDirectory('directory')
    kernel.flush(file)
    kernel.flush(ROOT_NODE)
    kernel.link('old', 'directory/new')
    kernel.unlink('old')
    kernel.flush(ROOT_NODE)
    const left = ['directory', 'directory directory/new']
    expect(outcomes(kernel, POSIX, names)).toEqual(left)
    expect(outcomes(kernel, BTRFS, names)).toEqual(left)
    // A journal of all metadata keeps both.
    expect(outcomes(kernel, EXT4, names)).toEqual(left.slice(1))
  })

  it('drops for good what a failed flush has dropped, though readers go on seeing it', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.flush(ROOT_NODE)
    kernel.write(file, text('doubtful'), 0)
    kernel.failFlush(file)
    kernel.flush(file)
    expect(contentOf({ nodes: kernel.nodes, page: kernel.pageNow() }, 'file')).toBe('doubtful')
    const left = new Set<string>()
    for (let seed = 0; seed < 20; seed++)
      for (const outcome of outcomes(kernel, POSIX, contents, seed)) left.add(outcome)
    expect(left).toContain('file: ')
    expect(left).toContain('file: doubtful')
  })

  it('takes all of it from a lying disk', () => {
    const kernel = machine()
    const file = kernel.createFile('file')
    kernel.flush(file)
    kernel.flush(ROOT_NODE)
    expect(outcomes(kernel, { ...POSIX, lying: true })).toContain('file: nothing')
  })

  it('leaves images of one hash exactly when they are the same to a reader', () => {
    const image = (bytes: string): Image => {
      const kernel = machine()
      kernel.write(kernel.createFile('file'), text(bytes), 0)
      return imageOf(kernel.nodes, kernel.pageNow())
    }
    expect(hashImage(image('same'))).toBe(hashImage(image('same')))
    expect(hashImage(image('same'))).not.toBe(hashImage(image('sane')))
  })
})

function machine(): Kernel {
  return new Kernel(EMPTY_IMAGE, () => 0)
}

/** What a loss of power now may leave, each outcome once, sorted. */
function outcomes(
  kernel: Kernel,
  preset: Preset,
  show: (image: Image) => string = contents,
  seed = 1,
): string[] {
  const random = new Random(seed)
  const view = new DurableView(EMPTY_IMAGE.nodes, preset, random)
  for (const event of kernel.trace.events) view.follow(event)
  const found = new Set<string>()
  for (const kept of subsets(view, preset, random, 200)) {
    const nodes = view.crash((place) => kept[place] === true)
    found.add(show(imageOf(nodes, new Uint8Array(0))))
  }
  return [...found].sort()
}

function contents(image: Image): string {
  return `file: ${contentOf(image, 'file') ?? 'nothing'}`
}

function contentOf({ nodes }: Pick<Image, 'nodes' | 'page'>, name: string): string | undefined {
  const root = nodes.get(ROOT_NODE)
  const node = root?.kind === 'directory' ? nodes.get(root.entries.get(name) ?? 0) : undefined
  return node?.kind === 'file' ? Buffer.from(readWhole(node)).toString('latin1') : undefined
}

function names({ nodes }: Image): string {
  const found: string[] = []
  const visit = (node: Node | undefined, path: string): void => {
    if (node?.kind !== 'directory') return
    for (const [name, target] of node.entries) {
      found.push(path + name)
      visit(nodes.get(target), `${path}${name}/`)
    }
  }
  visit(nodes.get(ROOT_NODE), '')
  return found.sort().join(' ')
}

function text(value: string): Uint8Array {
  return Buffer.from(value, 'latin1')
}

function filled(letter: string, bytes: number): Uint8Array {
  return text(letter.repeat(bytes))
}
