// Package managers install the tarball in their own way, and other runtimes run the app.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expectNative, install, NODE, project, run } from './proof.mjs'

const MANAGERS = {
  npm(cwd) {
    run('npm', ['install', '--no-audit', '--no-fund'], { cwd })
    expectNative(NODE, ['app.mjs'], { cwd })
  },
  pnpm(cwd, tool) {
    // A package of today is no danger here.
    run(NODE, [tool('pnpm/bin/pnpm.mjs'), 'install', '--config.minimum-release-age=0'], { cwd })
    expectNative(NODE, ['app.mjs'], { cwd })
  },
  'yarn 1'(cwd, tool) {
    run(NODE, [tool('yarn/bin/yarn.js'), 'install', '--non-interactive', '--no-progress'], { cwd })
    expectNative(NODE, ['app.mjs'], { cwd })
  },
  'yarn 4'(cwd, tool) {
    berry(cwd, tool, 'node-modules')
    expectNative(NODE, ['app.mjs'], { cwd })
  },
  "yarn 4, Plug'n'Play"(cwd, tool) {
    const yarn = berry(cwd, tool, 'pnp')
    expectNative(NODE, [yarn, 'node', 'app.mjs'], { cwd, env: YARN_ENV })
  },
  bun(cwd, tool) {
    const bun = tool('@oven/bun-linux-x64/bin/bun')
    run(bun, ['install', '--no-progress'], { cwd })
    expectNative(NODE, ['app.mjs'], { cwd })
    expectNative(bun, ['run', 'app.mjs'], { cwd })
  },
  deno(cwd, tool) {
    run('npm', ['install', '--no-audit', '--no-fund'], { cwd })
    const argv = ['run', '--allow-all', '--node-modules-dir=manual', 'app.mjs']
    expectNative(tool('@deno/linux-x64-glibc/deno'), argv, {
      cwd,
      env: { DENO_NO_UPDATE_CHECK: '1' },
    })
  },
}

const YARN_ENV = { YARN_ENABLE_TELEMETRY: '0', YARN_NPM_MINIMAL_AGE_GATE: '0' }

/** @throws naming the manager whose installation does not run on the addon */
export function proveManagers(directory, tarball) {
  const modules = install('managers')
  for (const [name, use] of Object.entries(MANAGERS)) {
    const cwd = project(join(directory, name.replaceAll(/\W+/g, '-')), tarball)
    use(cwd, (path) => join(modules, path))
    console.log(`managers: ${name}: ok`)
  }
}

function berry(cwd, tool, linker) {
  // Of npm's settings it reads none.
  const registry = run('npm', ['config', 'get', 'registry'], { cwd }).trim()
  const env = { ...YARN_ENV, YARN_NPM_REGISTRY_SERVER: registry }
  const yarn = tool('@yarnpkg/cli-dist/bin/yarn.js')
  writeFileSync(join(cwd, '.yarnrc.yml'), `nodeLinker: ${linker}\nenableGlobalCache: false\n`)
  writeFileSync(join(cwd, 'yarn.lock'), '')
  run(NODE, [yarn, 'install'], {
    cwd,
    env: { ...env, YARN_ENABLE_IMMUTABLE_INSTALLS: 'false' },
  })
  return yarn
}
