// Required before everything else, by NODE_OPTIONS: the tests' fs-ext is the one that was compiled for this Node.
const Module = require('node:module')
const { basename } = require('node:path')

const loadAddon = Module._extensions['.node']
Module._extensions['.node'] = (module, file) =>
  loadAddon(module, basename(file) === 'fs_ext.node' ? process.env.HOLDFAST_TEST_FS_EXT : file)
