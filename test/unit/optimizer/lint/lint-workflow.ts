import { type DifyFile, parseDifyFile } from '../../../../src/dify/workflow/dify-file.js'
import type { Fault, Finding } from '../../../../src/optimizer/lint/finding.js'
import { lintDifyFile, type LintOptions } from '../../../../src/optimizer/lint/lint-dify-file.js'
import { contextOf, type LintContext } from '../../../../src/optimizer/lint/lint-context.js'

/** A node as a test writes it: `id`, `type`, the container in `parentId`, and whatever else is in its data. */
export type TestNode = Readonly<Record<string, unknown>> & {
  readonly id: string
  readonly type: string
}

/** What a test workflow has beside its nodes. */
export interface TestWorkflow {
  readonly mode?: string
  /** Such as `start>llm`. By default, each node that is in no container is connected to the next one. */
  readonly edges?: readonly string[]
  readonly environment?: readonly string[]
  readonly conversation?: readonly string[]
}

export const START: TestNode = { id: 'start', type: 'start', variables: [{ variable: 'question' }] }

/** An LLM node with one message. */
export function llm(id: string, text: string, data: object = {}): TestNode {
  return { id, type: 'llm', prompt_template: [{ role: 'system', text }], ...data }
}

/** A file of Dify with these nodes: JSON is YAML, too. */
export function workflow(nodes: readonly TestNode[], more: TestWorkflow = {}): DifyFile {
  const outer = nodes.filter(({ parentId }) => parentId === undefined).map(({ id }) => id)
  const edges = more.edges ?? outer.slice(1).map((id, at) => `${outer[at]}>${id}`)
  const source = {
    kind: 'app',
    app: { name: 'test', mode: more.mode ?? 'workflow' },
    workflow: {
      environment_variables: (more.environment ?? []).map((name) => ({ name })),
      conversation_variables: (more.conversation ?? []).map((name) => ({ name })),
      graph: {
        nodes: nodes.map(({ id, parentId, ...data }) => ({ id, parentId, data })),
        edges: edges.map((edge) => ({ source: edge.split('>')[0], target: edge.split('>')[1] })),
      },
    },
  }
  return parseDifyFile(JSON.stringify(source, undefined, 1), 'test.yml')
}

export function contextFor(nodes: readonly TestNode[], more?: TestWorkflow): LintContext {
  return contextOf(workflow(nodes, more))
}

/** The messages of one rule. */
export function messagesOf(
  rule: (context: LintContext) => readonly Fault[],
  nodes: readonly TestNode[],
  more?: TestWorkflow,
): readonly string[] {
  return rule(contextFor(nodes, more)).map(({ message }) => message)
}

export function lint(
  nodes: readonly TestNode[],
  more?: TestWorkflow,
  options?: LintOptions,
): readonly Finding[] {
  return lintDifyFile(workflow(nodes, more), options)
}
