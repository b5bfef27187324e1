// Required before everything else, by NODE_OPTIONS: whatever starts Node starts the emulated one, and what that
// one loads is for its processor.
const Module = require('node:module')
const { basename } = require('node:path')

process.execPath = process.env.HOLDFAST_TEST_NODE

const loadAddon = Module._extensions['.node']
Module._extensions['.node'] = (module, file) => {
  const isWitness = process.arch === 'arm64' && basename(file) === 'fs_ext.node'
  loadAddon(module, isWitness ? process.env.HOLDFAST_TEST_FS_EXT : file)
}
