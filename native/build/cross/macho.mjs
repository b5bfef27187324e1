// What a bundle of macOS needs and gives: Mach-O, 64 bits, little-endian, for one processor.

const COMMAND = {
  bindings: 0x80000022,
  symbols: 0x2,
  library: 0xc,
  weakLibrary: 0x80000018,
  signature: 0x1d,
  build: 0x32,
}
/** Of a symbol: for debuggers, hidden, its kind, seen from outside. */
const DEBUG = 0xe0
const HIDDEN = 0x10
const KIND = 0x0e
const EXTERNAL = 0x01
/** In place of the number of a library: looked up in the whole process when the binary is loaded. */
const FLAT_LOOKUP = -2
/** The upper half of an opcode; the others of those that exist here take nothing but what is in their lower half. */
const OPCODE = {
  libraryNumber: 0x20,
  librarySpecial: 0x30,
  librarySmall: 0x10,
  symbol: 0x40,
  /** This one and those above: what has been said so far counts. */
  bind: 0x90,
  /** How many numbers of varying length follow. */
  numbers: { 0x60: 1, 0x70: 1, 0x80: 1, 0xa0: 1, 0xc0: 2 },
}

/** @param {Buffer} bytes */
export function readMachO(bytes) {
  const commands = readCommands(bytes)
  const find = (kind) => commands.find((command) => command.kind === kind)?.place
  const bindings = readBindings(bytes, find(COMMAND.bindings))
  const libraries = commands
    .filter(({ kind }) => kind === COMMAND.library || kind === COMMAND.weakLibrary)
    .map(({ place }) => textAt(bytes, place + bytes.readUInt32LE(place + 8)))
  const build = find(COMMAND.build)
  return {
    libraries,
    /** Those that no library is named for: the program has to have them. */
    undefinedSymbols: bindings.filter(({ from }) => from === FLAT_LOOKUP).map(({ name }) => name),
    /** Those that are looked for in this binary itself, or in a program of one certain name. */
    misplacedSymbols: bindings
      .filter(({ from }) => from <= 0 && from !== FLAT_LOOKUP)
      .map(({ name }) => name),
    exports: readExports(bytes, find(COMMAND.symbols)),
    signed: find(COMMAND.signature) !== undefined,
    system: build === undefined ? undefined : versionAt(bytes, build + 12),
  }
}

function readCommands(bytes) {
  const commands = []
  let place = 32
  for (let rest = bytes.readUInt32LE(16); rest > 0; rest--) {
    commands.push({ kind: bytes.readUInt32LE(place), place })
    place += bytes.readUInt32LE(place + 4)
  }
  return commands
}

/** What the loader looks up: at once, and at the first call. */
function readBindings(bytes, place) {
  const bindings = new Map()
  for (const table of [16, 32]) {
    const start = bytes.readUInt32LE(place + table)
    readOpcodes(bytes, start, start + bytes.readUInt32LE(place + table + 4), bindings)
  }
  return Array.from(bindings, ([name, from]) => ({ name, from }))
}

function readOpcodes(bytes, start, end, bindings) {
  let [from, name] = [0, '']
  let at = start
  const skipNumber = () => {
    while (bytes[at++] >= 0x80);
  }
  while (at < end) {
    const byte = bytes[at++]
    const [opcode, low] = [byte & 0xf0, byte & 0x0f]
    if (opcode === OPCODE.librarySmall) from = low
    // Four bits with a sign.
    else if (opcode === OPCODE.librarySpecial) from = low === 0 ? 0 : low - 16
    else if (opcode === OPCODE.libraryNumber) {
      from = bytes[at]
      skipNumber()
    } else if (opcode === OPCODE.symbol) {
      name = textAt(bytes, at)
      at += name.length + 1
    } else {
      if (opcode >= OPCODE.bind) bindings.set(withoutUnderscore(name), from)
      for (let rest = OPCODE.numbers[opcode] ?? 0; rest > 0; rest--) skipNumber()
    }
  }
}

function readExports(bytes, place) {
  const [start, count, strings] = [8, 12, 16].map((at) => bytes.readUInt32LE(place + at))
  const names = []
  for (let at = start; at < start + count * 16; at += 16) {
    const type = bytes[at + 4]
    if ((type & DEBUG) !== 0 || (type & HIDDEN) !== 0) continue
    if ((type & EXTERNAL) === 0 || (type & KIND) === 0) continue
    names.push(withoutUnderscore(textAt(bytes, strings + bytes.readUInt32LE(at))))
  }
  return names
}

/** Names in C begin with one there. */
function withoutUnderscore(name) {
  return name.replace(/^_/, '')
}

/** As in `11.0`. */
function versionAt(bytes, at) {
  return `${bytes.readUInt16LE(at + 2)}.${bytes[at + 1]}`
}

function textAt(bytes, start) {
  return bytes.toString('latin1', start, bytes.indexOf(0, start))
}
