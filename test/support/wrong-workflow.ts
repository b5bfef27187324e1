/** An export of Dify with one LLM node, whose text is the given one. */
export function workflowWith(text: string): string {
  return `app: {name: small, mode: workflow}
workflow:
  graph:
    nodes:
    - id: start
      data: {type: start, title: Start, variables: [{variable: text}]}
    - id: llm
      data:
        type: llm
        title: Write
        prompt_template:
        - role: system
          text: ${JSON.stringify(text)}
        - {role: user, text: '{{#start.text#}}'}
    edges:
    - {source: start, target: llm}
`
}
