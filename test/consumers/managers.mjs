// Package managers install the tarball in their own way, and other runtimes run the app.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectNative, install, NODE, project, run } from './proof.mjs'

const YARN = '@yarnpkg/cli-dist/bin/yarn.js'
const BUN = '@oven/bun-linux-x64/bin/bun'
const DENO = '@deno/linux-x64-glibc/deno'

/** How each is told to install what a package.json names; the option that keeps it from running scripts. */
export const INSTALLERS = {
  npm: {
    command: () => ['npm', 'install', '--prefer-offline', '--no-audit', '--no-fund'],
    withoutScripts: '--ignore-scripts',
  },
  pnpm: {
    // A package of today is not a danger here.
    command: (tool) => [
      NODE,
      tool('pnpm/bin/pnpm.mjs'),
      'install',
      '--config.minimum-release-age=0',
    ],
    withoutScripts: '--ignore-scripts',
  },
  'yarn 1': {
    command: (tool) => [
      NODE,
      tool('yarn/bin/yarn.js'),
      'install',
      '--non-interactive',
      '--no-progress',
    ],
    withoutScripts: '--ignore-scripts',
  },
  'yarn 4': {
    command: (tool) => [NODE, tool(YARN), 'install'],
    withoutScripts: '--mode=skip-build',
    prepare: (cwd) => prepareYarn4(cwd, 'node-modules'),
  },
  bun: {
    command: (tool) => [tool(BUN), 'install', '--no-progress'],
    withoutScripts: '--ignore-scripts',
  },
}

const YARN_ENV = {
  YARN_ENABLE_TELEMETRY: '0',
  YARN_NPM_MINIMAL_AGE_GATE: '0',
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
}

/** @throws naming the manager whose installation does not run on the addon */
export function proveManagers(directory, tarball) {
  const modules = install('managers')
  const tool = (path) => join(modules, path)
  const made = (name) => project(join(directory, name.replaceAll(/\W+/g, '-')), tarball)
  for (const name of Object.keys(INSTALLERS)) {
    const cwd = made(name)
    installWith(name, { cwd, tool })
    expectNative(NODE, ['app.mjs'], { cwd })
    if (name === 'bun') expectNative(tool(BUN), ['run', 'app.mjs'], { cwd })
    console.log(`managers: ${name}: ok`)
  }
  provePlugAndPlay(made('pnp'), tool)
  proveDeno(made('deno'), tool)
}

/** Runs one of INSTALLERS in a project. */
export function installWith(name, { cwd, tool, options = [] }) {
  const { command, prepare = () => ({}) } = INSTALLERS[name]
  const [program, ...argv] = command(tool)
  const env = prepare(cwd)
  run(program, [...argv, ...options], { cwd, env })
}

function provePlugAndPlay(cwd, tool) {
  run(NODE, [tool(YARN), 'install'], { cwd, env: prepareYarn4(cwd, 'pnp') })
  expectNative(NODE, [tool(YARN), 'node', 'app.mjs'], { cwd, env: YARN_ENV })
  console.log("managers: yarn 4, Plug'n'Play: ok")
}

function proveDeno(cwd, tool) {
  installWith('npm', { cwd, tool })
  const argv = ['run', '--allow-all', '--node-modules-dir=manual', 'app.mjs']
  expectNative(tool(DENO), argv, { cwd, env: { DENO_NO_UPDATE_CHECK: '1' } })
  console.log('managers: deno: ok')
}

/** @returns the environment that it needs: of npm's settings it reads none */
function prepareYarn4(cwd, linker) {
  writeFileSync(join(cwd, '.yarnrc.yml'), `nodeLinker: ${linker}\nenableGlobalCache: true\n`)
  writeFileSync(join(cwd, 'yarn.lock'), '')
  const registry = run('npm', ['config', 'get', 'registry'], { cwd }).trim()
  return { ...YARN_ENV, YARN_NPM_REGISTRY_SERVER: registry }
}
