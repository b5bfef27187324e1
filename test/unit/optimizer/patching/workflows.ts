import { parseDifyFile, type DifyFile } from '../../../../src/dify/workflow/dify-file.js'

/** A workflow as people write it: with comments, and in several styles. */
export const SOURCE = `app:
  name: Replies # the name of the app
  mode: advanced-chat
kind: app
workflow:
  graph:
    nodes:
    - id: '1711'
      data:
        type: llm
        title: Main Reply
        prompt_template:
        - id: m1
          role: system
          # What the model is.
          text: |-
            Answer in two sentences.
            Use {{#context#}}.
        - role: user
          text: '{{#sys.query#}}'
    - id: '1712'
      data:
        type: llm
        title: Two voices
        prompt_template:
        - {role: user, text: "First voice"}
        - {role: assistant, text: 'Second voice'}
    - id: '1713'
      data: {type: template-transform, title: Letter, template: "Dear {{ name }},"}
    - id: '1714'
      data: {type: answer, title: Reply, answer: Thank you.}
    - id: '1715'
      data:
        type: question-classifier
        title: Topic
        instruction: Choose by the topic.
        classes:
        - {id: '1', name: Orders}
        - {id: '2', name: Payment}
`

export const FILE: DifyFile = parseDifyFile(SOURCE, 'replies.yml')
export const SYSTEM = '/workflow/graph/nodes/0/data/prompt_template/0/text'
