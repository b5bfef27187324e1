// The addon in a process whose JavaScript may see no memory but its own, such as Electron's: a copy of it asks a
// function of this file for foreign memory, which answers as Node-API does there.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'

const REFUSAL = `
  int cage_create_external_arraybuffer(void* env, void* data, unsigned long length,
                                       void* finalize, void* hint, void** result) {
    (void)env, (void)data, (void)length, (void)finalize, (void)hint, (void)result;
    return 22; /* napi_no_external_buffers_allowed */
  }
  /* Loaded as an addon, so that it stays. */
  void* napi_register_module_v1(void* env, void* exports) { (void)env; return exports; }`

/** The path of the copy; from now on this process can load it. */
export function cagedCopy(path, directory) {
  const [source, library, copy] = ['cage.c', 'cage.node', 'caged.node'].map((name) =>
    join(directory, name),
  )
  writeFileSync(source, REFUSAL)
  execFileSync('cc', ['-shared', '-fPIC', '-O1', '-o', library, source])
  process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | constants.dlopen.RTLD_GLOBAL)
  const addon = readFileSync(path)
  const at = addon.indexOf('napi_create_external_arraybuffer\0')
  if (at <= 0) throw new Error('The addon does not name the function that lends memory')
  addon.write('cage', at)
  writeFileSync(copy, addon)
  return copy
}

/** The page by calls, as far as DataView is used here; it is read back, to see what was written. */
export class PageByCalls {
  constructor(addon, page) {
    this.addon = addon
    this.page = page
  }

  setUint32(offset, value) {
    this.#write(offset, new Uint8Array(Uint32Array.of(value).buffer))
  }

  setBigUint64(offset, value) {
    this.#write(offset, new Uint8Array(BigUint64Array.of(value).buffer))
  }

  #write(offset, bytes) {
    this.addon.writePage(this.page, offset, bytes)
    const whole = new Uint8Array(64)
    this.addon.readPage(this.page, whole)
    if (Buffer.compare(whole.subarray(offset, offset + bytes.length), bytes) !== 0)
      throw new Error(`The page has another value at ${offset} than was written`)
  }
}
