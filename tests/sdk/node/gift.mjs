// Reads GIFT from standard input with a parser that is not ours, and prints what a learner would see of each question.
import { readFileSync } from 'node:fs'

import gift from 'gift-pegjs'

const shown = (text) => (text && typeof text === 'object' ? text.text : text)
const questions = (gift.parse ?? gift.default.parse)(readFileSync(0, 'utf8'))
const read = questions
  .filter((one) => one.type !== 'Category' && one.type !== 'Description')
  .map((one) => ({
    type: one.type,
    text: shown(one.stem),
    choices: (Array.isArray(one.choices) ? one.choices : []).map((choice) => [choice.isCorrect, shown(choice.text)]),
    isTrue: one.isTrue ?? null,
    feedback: shown(one.globalFeedback),
  }))
process.stdout.write(JSON.stringify(read))
