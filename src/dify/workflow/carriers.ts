/**
 * The kinds of texts in Dify's files that people write for a model or a reader. The part before the dot is the node
 * or the app that has it; `wf` is the workflow as a whole.
 */
export type Carrier =
  | 'llm.chat'
  | 'llm.jinja2'
  | 'llm.completion'
  | 'llm.completion.jinja2'
  | 'llm.memory_query'
  | 'classifier.instruction'
  | 'classifier.class'
  | 'extractor.instruction'
  | 'extractor.param'
  | 'agent.instruction'
  | 'agent.query'
  | 'agent.memory_query'
  | 'agent2.prompt'
  | 'agent2.output'
  | 'agent2.check'
  | 'template'
  | 'answer'
  | 'human_input.form'
  | 'app.pre_prompt'
  | 'app.chat'
  | 'app.completion'
  | 'app.react'
  | 'app.opening'
  | 'app.suggested'
  | 'agent.soul'
  | 'wf.opening'
  | 'wf.suggested'

/**
 * How Dify fills variables into a text. 'basic': `{{#node.field#}}`. 'jinja2': the whole of Jinja2. 'app': `{{name}}`
 * for the inputs of an app without a graph. 'plain': not at all.
 */
export type TextSyntax = 'basic' | 'jinja2' | 'app' | 'plain'

/** Where a carrier is: names of fields, `*` for each item of a list or each field of a mapping. */
export interface CarrierRule {
  readonly carrier: Carrier
  readonly path: string
  readonly syntax: TextSyntax
  /** Not a prompt: a text for the app's user. Default false. */
  readonly optional?: boolean
}

const rule = (
  carrier: Carrier,
  path: string,
  syntax: TextSyntax,
  optional = false,
): CarrierRule => ({
  carrier,
  path,
  syntax,
  optional,
})

/** The carriers of each type of node, below its `data`. Those of an LLM node's messages are in messages.ts. */
export const NODE_CARRIERS: Readonly<Record<string, readonly CarrierRule[]>> = {
  llm: [rule('llm.memory_query', 'memory.query_prompt_template', 'basic')],
  'question-classifier': [
    rule('classifier.instruction', 'instruction', 'basic'),
    // The name of the field before Dify 0.6.
    rule('classifier.instruction', 'instructions', 'basic'),
    rule('classifier.class', 'classes.*.name', 'basic'),
  ],
  'parameter-extractor': [
    rule('extractor.instruction', 'instruction', 'basic'),
    rule('extractor.param', 'parameters.*.description', 'plain'),
  ],
  agent: [
    rule('agent.instruction', 'agent_parameters.instruction.value', 'basic'),
    rule('agent.query', 'agent_parameters.query.value', 'basic'),
    rule('agent.memory_query', 'memory.query_prompt_template', 'basic'),
    rule('agent2.prompt', 'agent_job.workflow_prompt', 'plain'),
    rule('agent2.output', 'agent_job.declared_outputs.*.description', 'plain'),
    rule('agent2.check', 'agent_job.declared_outputs.*.check.prompt', 'plain'),
  ],
  'template-transform': [rule('template', 'template', 'jinja2')],
  answer: [rule('answer', 'answer', 'basic', true)],
  'human-input': [rule('human_input.form', 'form_content', 'basic', true)],
}

/** The carriers of a workflow as a whole, from the top of the file. */
export const WORKFLOW_CARRIERS: readonly CarrierRule[] = [
  rule('wf.opening', 'workflow.features.opening_statement', 'app', true),
  rule('wf.suggested', 'workflow.features.suggested_questions_after_answer.prompt', 'plain', true),
]

/** The carriers of an app without a graph (chat, agent-chat, completion), from the top of the file. */
export const APP_CARRIERS: readonly CarrierRule[] = [
  rule('app.react', 'model_config.agent_mode.prompt.first_prompt', 'app'),
  rule('app.react', 'model_config.agent_mode.prompt.next_iteration', 'app'),
  rule('app.opening', 'model_config.opening_statement', 'app', true),
  rule('app.suggested', 'model_config.suggested_questions_after_answer.prompt', 'plain', true),
]

/** Those of an app that has one text as its prompt: `prompt_type: simple`, which is the default. */
export const SIMPLE_APP_CARRIERS: readonly CarrierRule[] = [
  rule('app.pre_prompt', 'model_config.pre_prompt', 'app'),
]

/** Those of an app with `prompt_type: advanced`. */
export const ADVANCED_APP_CARRIERS: readonly CarrierRule[] = [
  rule('app.chat', 'model_config.chat_prompt_config.prompt.*.text', 'app'),
  rule('app.completion', 'model_config.completion_prompt_config.prompt.text', 'app'),
]

/** The carriers of an app of the mode `agent`, from the top of the file. */
export const AGENT_CARRIERS: readonly CarrierRule[] = [
  rule('agent.soul', 'agent_packages.*.soul.prompt.system_prompt', 'plain'),
]
