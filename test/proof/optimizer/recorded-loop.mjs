// node recorded-loop.mjs '{"bed":{…},"store":"…","file":"…","report":"…"}': one closed loop over a workflow of the
// simulated Dify, with each run in a ledger. It says "open" when the ledger is, and writes the result when it ends.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { FileSystemStorage } from '../../../dist/index.js'
import { parseDifyFile } from '../../../dist/dify/workflow/dify-file.js'
import { DifyClient, DifyConsole } from '../../../dist/dify/service/index.js'
import { DifyRunner, publishWith } from '../../../dist/optimizer/execution/dify-runner.js'
import { ExecutorService } from '../../../dist/optimizer/execution/executor-service.js'
import { recordedRunner } from '../../../dist/optimizer/execution/recorded-runner.js'
import { Ledger } from '../../../dist/optimizer/ledger/ledger.js'
import { ledgerSchema } from '../../../dist/optimizer/ledger/ledger-entry.js'
import { checkTestPlan } from '../../../dist/optimizer/models/test-plan.js'
import { WorkflowCatalog } from '../../../dist/optimizer/models/workflow-catalog.js'
import { PromptPatchEngine } from '../../../dist/optimizer/patching/prompt-patch-engine.js'
import { OptimizationLoop } from '../../../dist/optimizer/service/optimization-loop.js'

const CASES = 12
const { bed, store, file, report } = JSON.parse(process.argv[2])
const [app] = bed.apps

const storage = await FileSystemStorage.open({ storageDir: store, schema: ledgerSchema })
const ledger = await Ledger.open({ storage, run: 'loop', settings: { cases: CASES } })
process.stdout.write('open\n')

const client = new DifyClient({ baseUrl: bed.service, apiKey: app.key, pollMs: 5 })
const dify = new DifyConsole({ baseUrl: bed.console, accessToken: bed.token, csrfToken: bed.csrf })
const runner = recordedRunner({
  runner: new DifyRunner({ client, publish: publishWith(dify, app.id) }),
  ledger,
})
/** The simulated model says whether its prompt had headings. */
const evaluator = {
  name: 'headings',
  evaluate: ({ outputs }) =>
    Promise.resolve({
      score: JSON.stringify(outputs).includes('headings: yes') ? 1 : 0,
      feedback: '',
    }),
}
const inputs = { source_lang: 'English', target_lang: 'Spanish', country: 'Mexico' }
const cases = Array.from({ length: CASES }, (_, at) => ({
  inputs: { ...inputs, source_text: `Text ${at}` },
}))
const loop = new OptimizationLoop({
  optimizer: { optimizeWorkflow: () => Promise.resolve(patches()) },
  executor: new ExecutorService({ runner, evaluator }),
  catalog: new WorkflowCatalog({ workflows: [{ id: 'wf', dsl_path: file }] }),
  plan: checkTestPlan({
    workflows: [{ catalog_id: 'wf' }],
    test_data: { datasets: [{ name: 'd', cases }] },
    execution: { concurrency: 2, batch_size: 4, backoff_seconds: 0 },
  }),
  patchEngine: new PromptPatchEngine(),
})
const result = await loop.runClosedLoop('wf')
await ledger.close()
await storage.close()
await writeFile(report, JSON.stringify(result))

function patches() {
  return parseDifyFile(readFileSync(file), file)
    .nodes.filter(({ type }) => type === 'llm')
    .map(({ id }) => ({
      selector: { by_id: id },
      strategy: { mode: 'prepend', content: '# Task' },
    }))
}
